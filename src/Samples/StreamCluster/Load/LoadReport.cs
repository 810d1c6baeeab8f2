namespace StreamCluster.Load;

/// <summary>What a load has measured.</summary>
/// <param name="Slices">Slices whose scores have arrived.</param>
/// <param name="Seconds">How long it took.</param>
/// <param name="MedianSeconds">
/// Half of the slices took no longer, from the sending of their last event, late or not, to their scores; to 1 %.
/// </param>
/// <param name="P99Seconds">99 % of the slices took no longer.</param>
/// <param name="Reconnections">How often a camera had no answer and then one again.</param>
/// <param name="LongestReconnectionSeconds">The longest of these times.</param>
/// <param name="Resent">Events that were sent more than once.</param>
/// <param name="Compared">Scores, those of slices that were scored again included, that were equal to the last bit.</param>
internal sealed record LoadReport(
    long Slices, double Seconds, double MedianSeconds, double P99Seconds, int Reconnections, double LongestReconnectionSeconds, long Resent,
    long Compared);
