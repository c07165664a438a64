// Buttons that copy ids, file names and the command line.
async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {  // not permitted, or not a secure context
    const area = element('textarea', {class: 'offscreen', readonly: true});
    area.value = text;
    const parent = document.querySelector('dialog[open]') || document.body;
    const focused = document.activeElement;
    parent.append(area);
    area.select();
    const done = document.execCommand('copy');
    area.remove();
    if (focused) focused.focus();
    return done;
  }
}

// The icon is drawn by the style sheet; class done or failed covers it with a word for a moment.
function copyButton(text) {
  const button = element('button', {type: 'button', class: 'copy', 'aria-label': 'Copy ' + text,
    title: 'Copy', click: async (event) => {
      event.stopPropagation();
      const result = await copyText(text) ? 'done' : 'failed';
      button.classList.add(result);
      announcer.textContent = result === 'done' ? 'Copied ' + text : 'Could not copy';
      setTimeout(() => button.classList.remove(result), 1500);
    }});
  return button;
}

// Announced by screen readers.
const announcer = element('p', {class: 'offscreen', role: 'status'});

function startCopying() {
  document.body.append(announcer);
  for (const id of document.querySelectorAll('.id')) id.after(copyButton(id.textContent));
}
