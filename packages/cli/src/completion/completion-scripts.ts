/** Shells that can be taught to complete. */
export const SHELLS = ["bash", "zsh", "fish", "powershell", "elvish"] as const;

/** One of {@link SHELLS}. */
export type Shell = (typeof SHELLS)[number];

/**
 * The lines that a shell needs to ask `ockam --get-completions SHELL …`, which answers with the kind of a completion
 * in its first line, and then with a candidate a line: its value, a tab, its description.
 */
export function completionScript(shell: Shell): string {
  return SCRIPTS[shell];
}

// bash: the line as it is, since bash takes words apart at `:` and `=`. A shell without `compopt` is older than 4.
const BASH = `_ockam() {
  local line kind=
  COMPREPLY=()
  while IFS= read -r line; do
    if [[ -z $kind ]]; then kind=$line; else COMPREPLY+=("\${line%%$'\\t'*}"); fi
  done < <(ockam --get-completions bash "\${COMP_LINE:0:COMP_POINT}" "$COMP_WORDBREAKS" 2>/dev/null)
  case $kind in
    files) compopt -o default 2>/dev/null ;;
    parts) compopt -o nospace 2>/dev/null ;;
  esac
  return 0
}
complete -F _ockam ockam`;

// zsh: works when it is read by .zshrc, and as a file _ockam in a folder of fpath.
const ZSH = `#compdef ockam
_ockam() {
  local -a lines found
  local line value
  lines=("\${(@f)$(ockam --get-completions zsh "\${(@Q)words[2,CURRENT-1]}" "\${(Q)PREFIX}" 2>/dev/null)}")
  if [[ $lines[1] == files ]]; then
    _files
    return
  fi
  for line in "\${(@)lines[2,-1]}"; do
    value=\${line%%$'\\t'*}
    found+=("\${value//:/\\\\:}:\${line#*$'\\t'}")
  done
  if [[ $lines[1] == parts ]]; then
    _describe -V ockam found -S ''
  else
    _describe -V ockam found
  fi
}
if [[ $funcstack[1] == _ockam ]]; then
  _ockam "$@"
else
  (( $+functions[compdef] )) || { autoload -Uz compinit && compinit; }
  compdef _ockam ockam
fi`;

const FISH = String.raw`function __ockam_complete
  set -l current (commandline -ct)
  set -l lines (ockam --get-completions fish (commandline -opc)[2..-1] "$current" 2>/dev/null)
  if test "$lines[1]" = files
    __fish_complete_path "$current"
  else if test (count $lines) -gt 1
    printf '%s\n' $lines[2..-1]
  end
end
complete -c ockam -e
complete -c ockam -f -k -a '(__ockam_complete)'`;

// PowerShell: a point behind the last word, since some versions do not pass empty ones on. It takes curved quotes for
// straight ones.
const POWERSHELL = String.raw`Register-ArgumentCompleter -Native -CommandName ockam -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $start = $cursorPosition - $wordToComplete.Length
  $words = @($commandAst.CommandElements | Select-Object -Skip 1 |
    Where-Object { $_.Extent.EndOffset -le $start } |
    ForEach-Object { if ($_.PSObject.Properties['Value']) { [string]$_.Value } else { $_.Extent.Text } })
  $lines = @(ockam --get-completions powershell @words "$wordToComplete." 2>$null)
  if ($lines.Count -lt 2 -or $lines[0] -eq 'files') { return }
  foreach ($line in $lines[1..($lines.Count - 1)]) {
    $value, $description = $line -split [char]9, 2
    if (-not $description) { $description = $value }
    $text = if ($value -match '^[\w@%+=:,./-]+$') { $value } else { "'" + ($value -replace "['\u2018-\u201b]", '$0$0') + "'" }
    [System.Management.Automation.CompletionResult]::new($text, $value, 'ParameterValue', $description)
  }
}`;

const ELVISH = String.raw`use str
set edit:completion:arg-completer[ockam] = {|@words|
  var lines = [(try { ockam --get-completions elvish (all $words[1..]) 2>/dev/null } catch e { nop })]
  if (== (count $lines) 0) {
    return
  }
  if (eq $lines[0] files) {
    edit:complete-filename $@words
    return
  }
  var suffix = ' '
  if (eq $lines[0] parts) {
    set suffix = ''
  }
  for line $lines[1..] {
    var value description = (str:split &max=2 "\t" $line)
    var display = $value
    if (not-eq $description '') {
      set display = $value' ('$description')'
    }
    edit:complex-candidate $value &code-suffix=$suffix &display=$display
  }
}`;

const SCRIPTS: Readonly<Record<Shell, string>> = {
  bash: BASH,
  zsh: ZSH,
  fish: FISH,
  powershell: POWERSHELL,
  elvish: ELVISH,
};
