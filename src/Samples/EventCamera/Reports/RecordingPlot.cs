using Microsoft.ML.Snn;
using OxyPlot;
using OxyPlot.Axes;
using OxyPlot.Legends;
using OxyPlot.Series;

namespace EventCamera.Reports;

/// <summary>
/// One recording as the network sees it. From top to bottom: its frames, ON events red and OFF events blue; the spikes of a layer, a dot
/// where a neuron fired in a time step; the probability of each class after each time step.
/// </summary>
internal sealed class RecordingPlot
{
    private const int _width = 1200, _height = 1000;
    private const int _maxNamedClasses = 12;
    // About what axes and title leave of the picture.
    private const double _plotWidth = 1120, _plotHeight = 910;
    // Where the parts begin and end, from 0 at the bottom to 1 at the top.
    private const double _scoresTop = 0.24, _rasterBottom = 0.29, _gap = 0.03;
    private const double _maxFramesHeight = 0.35;

    private readonly PlotModel _model;

    private RecordingPlot(string title)
    {
        _model = new() { Title = title, TitleFontSize = 15, Background = OxyColors.White, IsLegendVisible = true };
    }

    /// <param name="title">What is shown.</param>
    /// <param name="frames">[T, 2, H, W]: OFF, ON.</param>
    /// <param name="height">Rows H.</param>
    /// <param name="width">Columns W.</param>
    /// <param name="layer">The layer whose spikes are shown.</param>
    /// <param name="steps">The spikes and scores after each slice.</param>
    /// <param name="classes">The classes in the order of the scores.</param>
    /// <param name="path">The PNG file to write.</param>
    public static void Save(
        string title, float[] frames, int height, int width, SpikingLayerShape layer, IReadOnlyList<StreamStep> steps,
        IReadOnlyList<string> classes, string path)
    {
        var plot = new RecordingPlot(title);
        // Square pixels, where there is room for them.
        double frameWidth = _plotWidth / (frames.Length / (2 * height * width));
        double share = Math.Min(_maxFramesHeight, frameWidth * height / width / _plotHeight);
        plot.AddFrames(frames, height, width, bottom: 1 - share);
        plot.AddRaster(layer, steps, top: 1 - share - _gap);
        plot.AddScores(steps, classes);
        PlotPicture.Save(plot._model, path, _width, _height);
    }

    private void AddFrames(float[] frames, int height, int width, double bottom)
    {
        int plane = height * width, count = frames.Length / (2 * plane);
        // Beyond this, a pixel has the full color: few pixels with many events would leave the rest pale.
        double full = Math.Max(1, Percentile(frames, 0.995));
        _model.Axes.Add(new LinearColorAxis
        {
            Key = "events", Position = AxisPosition.None, Minimum = -full, Maximum = full,
            Palette = OxyPalette.Interpolate(201, OxyColors.RoyalBlue, OxyColors.White, OxyColors.Firebrick),
            LowColor = OxyColors.RoyalBlue, HighColor = OxyColors.Firebrick,
        });
        for (int t = 0; t < count; t++)
        {
            var balance = new double[width, height];
            for (int i = 0; i < plane; i++)
                balance[i % width, i / width] = frames[(2 * t + 1) * plane + i] - frames[2 * t * plane + i];
            AddAxis(AxisPosition.Bottom, $"column {t}", (t + 0.04) / count, (t + 0.96) / count, -0.5, width - 0.5);
            // Row 0 is at the top.
            AddAxis(AxisPosition.Left, $"row {t}", 1, bottom, -0.5, height - 0.5);
            _model.Series.Add(new HeatMapSeries
            {
                X0 = 0, X1 = width - 1, Y0 = 0, Y1 = height - 1, Data = balance, Interpolate = false,
                RenderMethod = HeatMapRenderMethod.Rectangles, XAxisKey = $"column {t}", YAxisKey = $"row {t}", ColorAxisKey = "events",
            });
        }
    }

    private void AddRaster(SpikingLayerShape layer, IReadOnlyList<StreamStep> steps, double top)
    {
        int neurons = layer.NeuronCount;
        AddAxis(AxisPosition.Bottom, "raster step", 0, 1, -0.5, steps.Count - 0.5);
        AddAxis(AxisPosition.Left, "neuron", _rasterBottom, top, -1, neurons, $"Neuron of layer {layer.Name}", isNumbered: true);
        // A line without a line: a scatter series would take its colors from the frames' axis.
        var dots = new LineSeries
        {
            XAxisKey = "raster step", YAxisKey = "neuron", LineStyle = LineStyle.None, MarkerType = MarkerType.Square, MarkerSize = 1.6,
            MarkerFill = OxyColors.Black,
        };
        for (int t = 0; t < steps.Count; t++)
        {
            for (int i = 0; i < neurons; i++)
            {
                if (steps[t].Spikes[i])
                    dots.Points.Add(new DataPoint(t, i));
            }
        }
        _model.Series.Add(dots);
    }

    private void AddScores(IReadOnlyList<StreamStep> steps, IReadOnlyList<string> classes)
    {
        AddAxis(AxisPosition.Bottom, "score step", 0, 1, -0.5, steps.Count - 0.5, "Time step", isNumbered: true);
        AddAxis(AxisPosition.Left, "score", 0, _scoresTop, 0, 1, "Probability", isNumbered: true);
        _model.Legends.Add(new Legend
        {
            LegendPosition = LegendPosition.RightBottom, LegendBackground = OxyColor.FromAColor(200, OxyColors.White),
        });
        IList<OxyColor> colors = OxyPalettes.HueDistinct(Math.Max(2, classes.Count)).Colors;
        for (int c = 0; c < classes.Count; c++)
        {
            var curve = new LineSeries
            {
                Title = classes.Count <= _maxNamedClasses ? classes[c] : null, XAxisKey = "score step", YAxisKey = "score",
                Color = colors[c], MarkerType = MarkerType.Circle, MarkerSize = 3,
            };
            curve.Points.AddRange(steps.Select((step, t) => new DataPoint(t, step.Scores[c])));
            _model.Series.Add(curve);
        }
    }

    private void AddAxis(
        AxisPosition position, string key, double from, double to, double minimum, double maximum, string? title = null,
        bool isNumbered = false)
    {
        // Rows of frames count downwards: from lies above to.
        _model.Axes.Add(new LinearAxis
        {
            Position = position, Key = key, StartPosition = from, EndPosition = to, Minimum = minimum, Maximum = maximum, Title = title,
            TickStyle = isNumbered ? TickStyle.Outside : TickStyle.None, MinimumMajorStep = 1, MinorTickSize = 0,
            LabelFormatter = isNumbered ? null : _ => "",
        });
    }

    private static double Percentile(float[] values, double share)
    {
        float[] sorted = [.. values.Where(value => value > 0).Order()];
        return sorted.Length == 0 ? 1 : sorted[(int)(share * (sorted.Length - 1))];
    }
}
