// The opened row of the table of captions: its image, and the figures of all models.
const withThumbnail = new Set(data.thumbnails);

function captionDetail(text) {
  const row = data.rows[text];
  return element('div', {class: 'detail-box'}, detailImage(row),
    element('div', {class: 'detail-text'}, detailFacts(text, row), detailTable(text, row)));
}

// Rows without a thumbnail show their id.
function detailImage(row) {
  if (!withThumbnail.has(row)) return element('div', {class: 'pic'}, data.ids[row]);
  return element('div', {class: 'pic p' + row, 'data-row': row, 'aria-label': data.ids[row]});
}

function detailFacts(text, row) {
  const list = element('dl', {}, element('dt', {}, 'id'),
    element('dd', {}, element('code', {class: 'id'}, data.ids[row]), copyButton(data.ids[row])));
  for (const other of textsOfRow[row]) {
    list.append(element('dt', {}, other === text ? 'caption' : 'other caption'),
      element('dd', {}, data.captions[other], other === text ? copyButton(data.captions[other]) : null));
  }
  for (const column of columns) {
    const value = column.text(text);
    if (value !== '') list.append(element('dt', {}, column.label), element('dd', {}, value));
  }
  return list;
}

function detailTable(text, row) {
  const k = chosenK();
  const heads = ['model', 'rank', ...(data.equivalent ? ['rank, caption-equivalent'] : []),
    'image → text rank', 'similarity'];
  const rows = data.models.map((label, model) => {
    const similarity = data.similarity[model][text];
    return element('tr', {'data-model': model}, element('th', {scope: 'row'}, label),
      rankCell(data.ranks[model][text], k, null),
      data.equivalent ? rankCell(data.equivalent[model][text], k, null) : null,
      element('td', {class: 'number'}, data.image_ranks[model][row].toLocaleString('en')),
      element('td', {class: 'number'}, similarity === null ? '–' : (similarity / 1e4).toFixed(4)));
  });
  return element('table', {class: 'facts'},
    element('thead', {}, element('tr', {}, ...heads.map((head) => element('th', {scope: 'col'}, head)))),
    element('tbody', {}, ...rows));
}
