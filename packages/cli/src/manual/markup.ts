/** A part of a text in Markdown: a paragraph on one line, or a block of code as it is. */
export interface TextBlock {
  readonly kind: "paragraph" | "code";
  readonly text: string;
}

/** The paragraphs and blocks of code that a text in Markdown has. */
export function textBlocks(markdown: string): readonly TextBlock[] {
  return markdown.split(/^(```\w*\n.*?\n```)$/ms).flatMap((part): readonly TextBlock[] => {
    const code = /^```\w*\n(.*)\n```$/s.exec(part)?.[1];
    if (code !== undefined) return [{ kind: "code", text: code }];
    return part
      .split(/\n{2,}/)
      .map((text) => text.replaceAll("\n", " ").trim())
      .filter((text) => text !== "")
      .map((text) => ({ kind: "paragraph", text }));
  });
}

/** A paragraph of Markdown as plain text: code as it is typed, links to pages of the documentation by their path. */
export function plainText(markdown: string): string {
  return markdown
    .replaceAll(/\[([^\]]*)\]\(([^)#]*)[^)]*\)/g, (_, text: string, page: string) =>
      page.endsWith(".md") && text.endsWith(".md") ? `docs/${page}` : text,
    )
    .replaceAll(/`([^`]*)`/g, "$1");
}

/** Text of a command's file as Markdown: what would be markup outside of code and links is not. */
export function escapedMarkdown(text: string): string {
  return text
    .split(/(`[^`]*`)/)
    .map((part) => (part.startsWith("`") ? part : part.replaceAll(/[<*]/g, (mark) => `\\${mark}`)))
    .join("");
}
