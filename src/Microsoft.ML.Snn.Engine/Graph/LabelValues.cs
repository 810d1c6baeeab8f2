using System.Collections;
using System.Globalization;

namespace Microsoft.ML.Snn.Engine.Graph;

/// <summary>The names of a network's classes, in the order of its scores: text, or numbers, as text in the invariant culture.</summary>
internal sealed class LabelValues : IReadOnlyList<string>
{
    private readonly string[] _text;
    private readonly double[]? _numbers;

    private LabelValues(string[] text, double[]? numbers)
    {
        _text = text;
        _numbers = numbers;
    }

    public bool AreNumeric => _numbers is not null;

    /// <summary>Empty where the labels are text.</summary>
    public ReadOnlySpan<double> Numbers => _numbers;

    public int Count => _text.Length;

    public string this[int index] => _text[index];

    public static LabelValues FromText(IEnumerable<string> labels) => new([.. labels], null);

    public static LabelValues FromNumbers(IEnumerable<double> labels)
    {
        double[] numbers = [.. labels];
        return new(Array.ConvertAll(numbers, number => number.ToString("R", CultureInfo.InvariantCulture)), numbers);
    }

    public IEnumerator<string> GetEnumerator() => ((IEnumerable<string>)_text).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
