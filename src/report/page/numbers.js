// Numbers in texts.
const plainNumber = /^[-−]?(0|[1-9]\d*)(\.\d+)?$/;
const maxDigits = 15;  // a double keeps them all

// The number that a text in plain notation is, or null: "007", "1e5" and "0x10" are names.
function numberOf(text) {
  if (!plainNumber.test(text) || text.replace(/\D/g, '').length > maxDigits) return null;
  return Number(text.replace('−', '-'));
}

// The whole number from `low` to `high` that a text is, or `fallback`.
function wholeNumber(text, fallback, low, high) {
  const value = Number(text);
  return /^-?\d+$/.test(text) && value >= low && value <= high ? value : fallback;
}

// The number at the beginning of a text such as "12 px", or null.
function leadingNumber(text) {
  const [digits] = text.match(/^[-−]?\d+(\.\d+)?(?![\w.])/) || [];
  return digits === undefined ? null : Number(digits.replace('−', '-'));
}

// A number as people type it, also "1e5" and "+3", or null.
function typedNumber(text) {
  const number = text.trim() === '' ? NaN : Number(text.replace('−', '-'));
  return Number.isFinite(number) ? number : null;
}
