// The page of several data sets, or of a classification: its images, and the start of its parts.
const data = JSON.parse(document.getElementById('data').textContent);

function captionsOfRow(row) {
  return data.captions[row];
}

startTables();
startCopying();
zoom.start();
models.start();
sideBySide.start();
startNavigation();
