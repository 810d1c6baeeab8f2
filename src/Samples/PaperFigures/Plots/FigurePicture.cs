using OxyPlot;

namespace PaperFigures.Plots;

/// <summary>Writes the panels of a figure, row by row, as PNG and SVG.</summary>
internal static class FigurePicture
{
    private const int _panelWidth = 460, _panelHeight = 380;

    /// <param name="panels">The panels.</param>
    /// <param name="columns">Panels in a row.</param>
    /// <param name="path">The files without their extensions.</param>
    public static void Save(IReadOnlyList<Panel> panels, int columns, string path)
    {
        int rows = (panels.Count + columns - 1) / columns;
        (PlotModel, OxyRect)[] places =
        [
            .. panels.Select((panel, i) => (panel.Model, new OxyRect(
                i % columns * _panelWidth, i / columns * _panelHeight, _panelWidth, _panelHeight))),
        ];
        foreach (string extension in (string[])[".png", ".svg"])
            PlotPicture.Save(places, path + extension, columns * _panelWidth, rows * _panelHeight);
    }
}
