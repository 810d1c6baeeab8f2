using Microsoft.ML.Snn;
using OxyPlot;
using OxyPlot.Axes;
using OxyPlot.Legends;
using OxyPlot.Series;

namespace TrainAndScore.Reports;

/// <summary>Loss (above) and accuracy (below) over the epochs.</summary>
internal static class LearningCurvePlot
{
    private const string _lossAxis = "loss", _accuracyAxis = "accuracy";
    private static readonly OxyColor _trainingColor = OxyColor.FromRgb(31, 119, 180), _validationColor = OxyColor.FromRgb(214, 90, 14);

    public static void Save(IReadOnlyList<TrainingMetrics> epochs, string path)
    {
        var model = new PlotModel { Title = "Learning curve", Background = OxyColors.White };
        model.Legends.Add(new Legend { LegendPlacement = LegendPlacement.Outside, LegendPosition = LegendPosition.TopRight });
        model.Axes.Add(new LinearAxis
        {
            Position = AxisPosition.Bottom, Title = "Epoch", Minimum = 0.8, Maximum = epochs.Count + 0.2,
            MinimumMajorStep = 1, MinorTickSize = 0,
            MajorGridlineStyle = LineStyle.Solid, MajorGridlineColor = OxyColors.Gainsboro,
        });
        double highestLoss = epochs.Max(metrics => Math.Max(metrics.Loss, metrics.ValidationLoss ?? 0));
        model.Axes.Add(CreateAxis(_lossAxis, "Loss (nats)", from: 0.54, to: 1, 1.05 * highestLoss));
        model.Axes.Add(CreateAxis(_accuracyAxis, "Accuracy (%)", from: 0, to: 0.46, 102));

        bool hasValidation = epochs.All(metrics => metrics is { ValidationLoss: not null, ValidationAccuracy: not null });
        AddCurve("training", _lossAxis, _trainingColor, metrics => metrics.Loss);
        AddCurve(null, _accuracyAxis, _trainingColor, metrics => 100 * metrics.Accuracy);
        if (hasValidation)
        {
            AddCurve("validation", _lossAxis, _validationColor, metrics => metrics.ValidationLoss!.Value);
            AddCurve(null, _accuracyAxis, _validationColor, metrics => 100 * metrics.ValidationAccuracy!.Value);
        }
        PlotPicture.Save(model, path, width: 900, height: 720);

        // A title puts the curve into the legend, which names each color once.
        void AddCurve(string? title, string axis, OxyColor color, Func<TrainingMetrics, double> value)
        {
            var curve = new LineSeries
            {
                Title = title, YAxisKey = axis, Color = color, StrokeThickness = 2, MarkerFill = color, MarkerSize = 3,
                MarkerType = epochs.Count <= 40 ? MarkerType.Circle : MarkerType.None,
            };
            curve.Points.AddRange(epochs.Select(metrics => new DataPoint(metrics.Epoch, value(metrics))));
            model.Series.Add(curve);
        }
    }

    private static LinearAxis CreateAxis(string key, string title, double from, double to, double maximum) => new()
    {
        Position = AxisPosition.Left, Key = key, Title = title, StartPosition = from, EndPosition = to, Minimum = 0, Maximum = maximum,
        MajorGridlineStyle = LineStyle.Solid, MajorGridlineColor = OxyColors.Gainsboro,
    };
}
