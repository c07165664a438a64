// The hits of several models side by side, in rows that all of them share. CSS alone cannot repeat columns to
// fill the width of a subgrid; without this, the rows of each model have their own heights.
const sideBySide = {
  tile: 128,
  gap: 12,  // as in the style sheet

  start() {
    this.groups = [...document.querySelectorAll('.side')];
    if (this.groups.length === 0) return;
    new ResizeObserver(() => this.align()).observe(document.querySelector('main'));
    models.listeners.push(() => this.align());
    this.align();
  },

  align() {
    const column = [...this.groups[0].children].find((child) => child.offsetParent);
    const fitting = Math.max(1, Math.floor((column.clientWidth + this.gap) / (this.tile + this.gap)));
    for (const group of this.groups) {
      const most = Math.max(1, ...[...group.querySelectorAll('.hits')].map((hits) => hits.children.length));
      group.style.setProperty('--columns', Math.ceil(most / Math.ceil(most / fitting)));  // five hits: 3 + 2
      group.classList.add('aligned');
    }
  },
};
