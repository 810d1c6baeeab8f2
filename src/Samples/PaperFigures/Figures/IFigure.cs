using PaperFigures.Measurements;

namespace PaperFigures.Figures;

/// <summary>A figure: measures, draws, and says what is seen.</summary>
internal interface IFigure
{
    /// <summary>From a to f.</summary>
    char Letter { get; }

    /// <summary>Of its files.</summary>
    string Name { get; }

    string Title { get; }

    FigureResult Make(Study study);
}
