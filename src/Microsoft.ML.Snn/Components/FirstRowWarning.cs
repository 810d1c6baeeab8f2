using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Snn.Components;

/// <summary>
/// A warning about rows that is given once for each Transform, at the first such row, however many cursors, passes and threads there are.
/// </summary>
/// <param name="host">Logs it.</param>
/// <param name="activity">What is being done, for the log.</param>
internal sealed class FirstRowWarning(IHost host, string activity)
{
    private int _isGiven;

    public bool IsGiven => Volatile.Read(ref _isGiven) != 0;

    /// <param name="row">A row that gives reason.</param>
    /// <param name="column">The column with the reason.</param>
    /// <param name="message">What there is in that row of that column, and what to do.</param>
    public void Give(DataViewRow row, string column, string message)
    {
        if (Interlocked.Exchange(ref _isGiven, 1) != 0)
            return;
        // Its position would be that within its own cursor, of several that read in parallel.
        DataViewRowId id = default;
        row.GetIdGetter()(ref id);
        string place = id.High == 0 ? $"Row {id.Low}" : "A row";
        using IChannel channel = host.Start(activity);
        channel.Warning($"{place} of column '{column}' {message}");
    }
}
