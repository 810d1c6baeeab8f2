using Microsoft.ML.Data;
using Microsoft.ML.Snn.Components;

namespace Microsoft.ML.Snn.Scoring;

/// <summary>Goes through the rows of a view in one pass, and tells now and then how many are done.</summary>
internal sealed class EvaluationRows : IDisposable
{
    private const int ReportMilliseconds = 100;

    private readonly DataViewRowCursor _cursor;
    private readonly ValueGetter<VBuffer<float>> _readFeatures;
    private readonly FeatureRow _row;
    private readonly float[] _features;
    private readonly IProgress<long>? _progress;
    private readonly CancellationToken _cancellation;
    private VBuffer<float> _buffer;
    // Rows so far, the current one included.
    private long _count;
    private long _reported = Environment.TickCount64;

    /// <param name="data">The view.</param>
    /// <param name="network">Takes the features.</param>
    /// <param name="features">The features' column.</param>
    /// <param name="others">Other columns that are read.</param>
    /// <param name="progress">Is told the number of rows that are done.</param>
    /// <param name="cancellation">Stops <see cref="MoveNext"/>.</param>
    public EvaluationRows(
        IDataView data, SpikingNetwork network, DataViewSchema.Column features, DataViewSchema.Column[] others, IProgress<long>? progress,
        CancellationToken cancellation)
    {
        _progress = progress;
        _cancellation = cancellation;
        _row = new(network);
        _features = new float[network.FeatureCount];
        _cursor = data.GetRowCursor([features, .. others]);
        _readFeatures = _cursor.GetGetter<VBuffer<float>>(features);
    }

    /// <summary>The current row's features, in order, once they are read; overwritten by the next row's.</summary>
    public ReadOnlySpan<float> Features => _features;

    /// <exception cref="ArgumentOutOfRangeException">
    /// The name is empty, or the column is missing or does not suit the network.
    /// </exception>
    public static DataViewSchema.Column FindFeatures(IDataView data, SpikingNetwork network, string featureColumnName)
    {
        ColumnCheck.Name(featureColumnName, nameof(featureColumnName));
        DataViewSchema.Column features = ColumnCheck.Find(data.Schema, "feature", featureColumnName);
        FeatureRow.Check(features, network);
        return features;
    }

    /// <summary>Goes on to the next row. Those before it are done, and are reported now and then.</summary>
    /// <exception cref="OperationCanceledException">The caller wants no more.</exception>
    public bool MoveNext()
    {
        _cancellation.ThrowIfCancellationRequested();
        bool isThere = _cursor.MoveNext();
        if (_progress is not null && (!isThere || Environment.TickCount64 - _reported >= ReportMilliseconds))
        {
            _progress.Report(_count);
            _reported = Environment.TickCount64;
        }
        if (isThere)
            _count++;
        return isThere;
    }

    public ValueGetter<T> GetGetter<T>(DataViewSchema.Column column) => _cursor.GetGetter<T>(column);

    /// <summary>Reads the current row's features; false where one is not finite.</summary>
    public bool TryReadFeatures()
    {
        _readFeatures(ref _buffer);
        if (!_row.TryRead(in _buffer, out ReadOnlySpan<float> values))
            return false;
        values.CopyTo(_features);
        return true;
    }

    public void Dispose() => _cursor.Dispose();
}
