using Microsoft.ML.Data;
using Microsoft.ML.Snn.Components;
using Microsoft.ML.Snn.Scoring.Labels;

namespace Microsoft.ML.Snn.Scoring;

/// <summary>
/// Reads the rows of a view that a network can be judged by. Those with a missing label (key 0) or a feature that is not finite are passed
/// over.
/// </summary>
internal sealed class LabeledRows : IDisposable
{
    private readonly EvaluationRows _rows;
    private readonly ValueGetter<uint> _readLabel;
    private readonly int[] _classOfKey;
    private uint _key;

    /// <exception cref="ArgumentOutOfRangeException">
    /// A name is empty, a column is missing or has the wrong type, or the labels have a class that the network does not know.
    /// </exception>
    public LabeledRows(
        IDataView data, SpikingNetwork network, string labelColumnName, string featureColumnName, IProgress<long>? progress,
        CancellationToken cancellation)
    {
        DataViewSchema.Column features = EvaluationRows.FindFeatures(data, network, featureColumnName);
        ColumnCheck.Name(labelColumnName, nameof(labelColumnName));
        DataViewSchema.Column label = ColumnCheck.Find(data.Schema, "label", labelColumnName);
        _classOfKey = Classes(label, network);
        _rows = new(data, network, features, [label], progress, cancellation);
        _readLabel = _rows.GetGetter<uint>(label);
    }

    /// <summary>The current row's features, in order; overwritten by the next <see cref="MoveNext"/>.</summary>
    public ReadOnlySpan<float> Features => _rows.Features;

    /// <summary>The current row's class, counted like the network's scores.</summary>
    public int Label => _classOfKey[_key - 1];

    /// <summary>Goes on to the next row. Those before it are done, and are reported now and then.</summary>
    /// <exception cref="OperationCanceledException">The caller wants no more.</exception>
    public bool MoveNext()
    {
        while (_rows.MoveNext())
        {
            _readLabel(ref _key);
            if (_key != 0 && _rows.TryReadFeatures())
                return true;
        }
        return false;
    }

    public void Dispose() => _rows.Dispose();

    /// <exception cref="InvalidOperationException">There was no row.</exception>
    public static void CheckCount(long rows)
    {
        if (rows == 0)
            throw new InvalidOperationException("The data have no row with a label and finite features, so there is nothing to judge by.");
    }

    /// <summary>The network's class for each key: by name where both have names, since keys of other data may have another order.</summary>
    private static int[] Classes(DataViewSchema.Column label, SpikingNetwork network)
    {
        if (label.Type is not KeyDataViewType key || key.RawType != typeof(uint))
            throw ColumnCheck.Unsuitable($"Label column '{label.Name}' is {label.Type}, not a UInt32 key. Make it with MapValueToKey.");
        if (network.ClassLabels is { } known && LabelAnnotations.Read(label) is { } names)
        {
            string[] classes = [.. known];
            return [.. names.Select(name => Array.IndexOf(classes, name) is var found and >= 0 ? found : throw ColumnCheck.Unsuitable(
                $"Label column '{label.Name}' has a class '{name}' that the network does not know: it knows {string.Join(", ", known)}."))];
        }
        return key.Count == (ulong)network.ClassCount ? [.. Enumerable.Range(0, network.ClassCount)] : throw ColumnCheck.Unsuitable(
            $"Label column '{label.Name}' has {key.Count} classes, but the network has {network.ClassCount}.");
    }
}
