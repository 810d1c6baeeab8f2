using OxyPlot;
using OxyPlot.SkiaSharp;
using SkiaSharp;

namespace SampleApp;

/// <summary>Writes plots as a PNG or SVG file.</summary>
public static class PlotPicture
{
    // Where it is missing, the system's own default takes its place.
    private const string _font = "DejaVu Sans";

    public static void Save(PlotModel model, string path, int width, int height) =>
        Save([(model, new OxyRect(0, 0, width, height))], path, width, height);

    /// <summary>Writes several plots into one picture.</summary>
    /// <param name="plots">The plots, and where they are.</param>
    /// <param name="path">Its extension says the format: .png or .svg.</param>
    /// <param name="width">Of the whole picture.</param>
    /// <param name="height">Of the whole picture.</param>
    public static void Save(IReadOnlyList<(PlotModel Model, OxyRect Place)> plots, string path, int width, int height)
    {
        foreach ((PlotModel model, _) in plots)
        {
            model.DefaultFont = _font;
            ((IPlotModel)model).Update(updateData: true);
        }
        using var bitmap = new SKBitmap(width, height);
        using var canvas = new SKCanvas(bitmap);
        // Text shaping would need HarfBuzz's native library.
        using var pixels = new SkiaRenderContext
        {
            RenderTarget = RenderTarget.PixelGraphic, SkCanvas = canvas, UseTextShaping = false, DpiScale = 1,
        };
        using FileStream file = File.Create(path);
        if (Path.GetExtension(path) == ".svg")
        {
            using var svg = new SvgRenderContext(file, width, height, isDocument: true, textMeasurer: pixels, OxyColors.White);
            Render(svg);
            svg.Complete();
            return;
        }
        canvas.Clear(SKColors.White);
        Render(pixels);
        using SKData png = bitmap.Encode(SKEncodedImageFormat.Png, quality: 100);
        png.SaveTo(file);

        void Render(IRenderContext context)
        {
            foreach ((PlotModel model, OxyRect place) in plots)
                ((IPlotModel)model).Render(context, place);
        }
    }
}
