using System.Collections;
using System.Globalization;

namespace Microsoft.ML.Snn;

/// <summary>The names of a network's classes, in the order of its scores: text, or numbers.</summary>
public sealed class ClassLabels : IReadOnlyList<string>
{
    private readonly string[] _text;
    private readonly double[]? _numbers;

    private ClassLabels(string[] text, double[]? numbers)
    {
        _text = text;
        _numbers = numbers;
    }

    /// <summary>Whether the labels are numbers.</summary>
    public bool AreNumeric => _numbers is not null;

    /// <summary>The labels as numbers; empty where they are text.</summary>
    public ReadOnlySpan<double> Numbers => _numbers;

    /// <summary>Number of classes.</summary>
    public int Count => _text.Length;

    /// <summary>The label of class <paramref name="index"/>; numbers in the invariant culture.</summary>
    /// <param name="index">Index of the class, as that of its score.</param>
    public string this[int index] => _text[index];

    /// <summary>Text labels.</summary>
    /// <param name="labels">The names, in the order of the scores.</param>
    public static ClassLabels FromText(IEnumerable<string> labels) => new([.. labels], null);

    /// <summary>Numeric labels.</summary>
    /// <param name="labels">The numbers, in the order of the scores.</param>
    public static ClassLabels FromNumbers(IEnumerable<double> labels)
    {
        double[] numbers = [.. labels];
        return new(Array.ConvertAll(numbers, number => number.ToString("R", CultureInfo.InvariantCulture)), numbers);
    }

    /// <summary>The labels as text, in the order of the scores.</summary>
    public IEnumerator<string> GetEnumerator() => ((IEnumerable<string>)_text).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
