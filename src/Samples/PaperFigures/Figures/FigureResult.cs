using PaperFigures.Plots;
using PaperFigures.Results;

namespace PaperFigures.Figures;

/// <summary>What a figure shows and says.</summary>
internal sealed record FigureResult
{
    public required IReadOnlyList<Panel> Panels { get; init; }

    /// <summary>Panels in a row.</summary>
    public required int Columns { get; init; }

    /// <summary>Every number drawn, for the CSV file.</summary>
    public required Table Data { get; init; }

    /// <summary>How it was measured.</summary>
    public required string Method { get; init; }

    /// <summary>What the paper says.</summary>
    public required string Claim { get; init; }

    /// <summary>Theory beside measurement, as text.</summary>
    public required Table Numbers { get; init; }

    /// <summary>Whether that is seen.</summary>
    public required string Seen { get; init; }

    /// <summary>For the last line of the run.</summary>
    public IReadOnlyDictionary<string, double> Metrics { get; init; } = new Dictionary<string, double>();
}
