using OxyPlot;

namespace PaperFigures.Plots;

/// <summary>How a curve or a row of bars is drawn: color, dashes and markers all differ, so that a gray print can be read.</summary>
internal readonly record struct CurveStyle(OxyColor Color, LineStyle Line, MarkerType Marker)
{
    private static readonly CurveStyle[] _all =
    [
        new(OxyColors.Black, LineStyle.Solid, MarkerType.Circle),
        new(OxyColor.FromRgb(0, 95, 170), LineStyle.Dash, MarkerType.Square),
        new(OxyColor.FromRgb(213, 94, 0), LineStyle.LongDashDot, MarkerType.Triangle),
        new(OxyColor.FromRgb(0, 158, 115), LineStyle.Dot, MarkerType.Diamond),
        new(OxyColor.FromRgb(204, 121, 167), LineStyle.DashDotDot, MarkerType.Star),
    ];

    // For areas: different in gray, too.
    private static readonly OxyColor[] _fills =
    [
        OxyColor.FromRgb(70, 100, 140), OxyColor.FromRgb(225, 150, 70), OxyColor.FromRgb(200, 222, 240), OxyColors.White,
    ];

    /// <summary>Theory, beside what is measured.</summary>
    public static CurveStyle Theory { get; } = new(OxyColors.Gray, LineStyle.Dash, MarkerType.None);

    public static CurveStyle Of(int index) => _all[index % _all.Length];

    public static OxyColor Fill(int index) => _fills[index % _fills.Length];
}
