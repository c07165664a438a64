// Starts the parts of the page.
startTables();
startCopying();
zoom.start();
models.start();
sideBySide.start();
captionTable.start();
breakdown.start();
startNavigation();
