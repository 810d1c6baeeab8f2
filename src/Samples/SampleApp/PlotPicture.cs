using OxyPlot;
using OxyPlot.SkiaSharp;

namespace SampleApp;

/// <summary>Writes a plot as a PNG file.</summary>
public static class PlotPicture
{
    public static void Save(PlotModel model, string path, int width, int height)
    {
        // Where it is missing, the system's own default takes its place.
        model.DefaultFont = "DejaVu Sans";
        // Text shaping would need HarfBuzz's native library.
        var exporter = new PngExporter { Width = width, Height = height, UseTextShaping = false };
        using FileStream file = File.Create(path);
        exporter.Export(model, file);
    }
}
