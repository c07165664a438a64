// Enlarges images and figures in a dialog. Escape and a click outside the image close it; the arrow keys
// show the neighbours.
const zoom = {
  dialog: null,
  list: [],
  index: 0,

  start() {
    this.view = element('div', {class: 'zoomed'});
    this.text = element('p', {class: 'zoom-text'});
    this.dialog = element('dialog', {class: 'zoom', 'aria-label': 'Enlarged image',
      click: (event) => { if (event.target === this.dialog) this.dialog.close(); },
      keydown: (event) => this.move(event),
    }, element('button', {type: 'button', class: 'close', 'aria-label': 'Close',
      click: () => this.dialog.close()}, '✕'), this.view, this.text);
    document.body.append(this.dialog);
    this.enable(document);
    const opened = (event) => {
      const image = event.target.closest('.pic[role=button], figure img[role=button]');
      if (image) this.open(image);
      return image;
    };
    document.addEventListener('click', opened);
    document.addEventListener('keydown', (event) => {
      if ((event.key === 'Enter' || event.key === ' ') && opened(event)) event.preventDefault();
    });
  },

  // Makes the images inside `root` buttons.
  enable(root) {
    for (const image of root.querySelectorAll('.pic[data-row], figure img')) {
      image.tabIndex = 0;
      const name = image.alt || image.getAttribute('aria-label');
      image.setAttribute('role', 'button');
      image.setAttribute('aria-label', 'Enlarge: ' + name);
    }
  },

  open(image) {
    const group = image.closest('section, .detail') || document;
    this.list = [...group.querySelectorAll('.pic[data-row], figure img')]
      .filter((other) => other.offsetParent !== null);
    this.index = this.list.indexOf(image);
    this.show(image);
    this.dialog.showModal();
  },

  show(image) {
    if (image.tagName === 'IMG') {
      this.view.replaceChildren(element('img', {src: image.src, alt: image.alt}));
      this.text.replaceChildren(image.alt);
      return;
    }
    const row = Number(image.dataset.row);
    // Pictures of the page that are no image of the data set have numbers above those of all rows.
    const known = row < data.ids.length;
    const id = known ? data.ids[row] : image.closest('li').querySelector('.id').textContent;
    this.view.replaceChildren(element('div', {class: 'pic p' + row, role: 'img', 'aria-label': id}));
    this.text.replaceChildren(element('code', {class: 'id'}, id), copyButton(id),
      element('span', {}, known ? captionsOfRow(row).join(' · ') : ''));
  },

  move(event) {
    const step = {ArrowRight: 1, ArrowLeft: -1}[event.key];
    const next = this.list[this.index + step];
    if (!next) return;
    event.preventDefault();
    this.index += step;
    this.show(next);
  },
};
