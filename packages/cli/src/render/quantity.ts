const UNITS = ["kB", "MB", "GB", "TB", "PB"];

/** A number of bytes in three digits: `999 B`, `1.23 kB`, `12.3 MB`. */
export function bytesText(bytes: number): string {
  if (bytes < 1000) return `${Math.round(bytes)} B`;
  let value = bytes;
  for (const unit of UNITS) {
    value /= 1000;
    const digits = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
    // Else it would be rounded to 1000.
    if (value < 999.5) return `${Number(value.toFixed(digits))} ${unit}`;
  }
  return `${Math.round(value)} ${UNITS.at(-1)}`;
}

/** A time in its two largest units: `5 s`, `3 min`, `2 h 5 min`, `3 d 4 h`. */
export function spanText(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const [minutes, hours, days] = [60, 3600, 86_400].map((unit) => Math.floor(seconds / unit)) as [
    number,
    number,
    number,
  ];
  if (minutes === 0) return `${seconds} s`;
  if (hours === 0) return `${minutes} min`;
  if (days === 0) return `${hours} h${rest(minutes % 60, "min")}`;
  return `${days} d${rest(hours % 24, "h")}`;
}

/** `1 connection`, `2 connections`. */
export function countText(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

function rest(count: number, unit: string): string {
  return count === 0 ? "" : ` ${count} ${unit}`;
}
