namespace Microsoft.ML.Snn.Tests.Conformance;

/// <summary>A view that has a schema but throws when a row is asked for.</summary>
internal sealed class UnreadableView(IDataView view) : IDataView
{
    public sealed class ReadException() : Exception("A row was asked for.");

    public bool CanShuffle => view.CanShuffle;

    public DataViewSchema Schema => view.Schema;

    public long? GetRowCount() => null;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null) => throw new ReadException();

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
        throw new ReadException();
}
