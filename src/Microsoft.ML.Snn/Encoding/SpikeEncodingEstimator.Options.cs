namespace Microsoft.ML.Snn;

public sealed partial class SpikeEncodingEstimator
{
    /// <summary>
    /// Options for the <see cref="SpikeEncodingEstimator"/>, copied when the estimator is made. An option that the chosen code has no use
    /// for must be null.
    /// </summary>
    public sealed class Options
    {
        /// <summary>The output column. Required.</summary>
        public string OutputColumnName = "";

        /// <summary>The input column. Null (default): the output column's name.</summary>
        public string? InputColumnName;

        /// <summary>The code. Default <see cref="SpikeCode.Rate"/>.</summary>
        public SpikeCode Code = SpikeCode.Rate;

        /// <summary>
        /// Number of time steps T, at least 1. Null (default): 4; with <see cref="SpikeCode.Delta"/> the first dimension of the input, and
        /// any other value is an error.
        /// </summary>
        public int? TimeSteps;

        /// <summary>
        /// The input value that is scaled to x = 0; smaller ones count as it, with a warning. Null (default): 0. Not for
        /// <see cref="SpikeCode.Delta"/> and <see cref="SpikeCode.Direct"/>.
        /// </summary>
        public float? InputMinimum;

        /// <summary>
        /// The input value that is scaled to x = 1, above <see cref="InputMinimum"/>; larger ones count as it, with a warning. Null
        /// (default): 1. Set it to 255 for pixels. Not for <see cref="SpikeCode.Delta"/> and <see cref="SpikeCode.Direct"/>.
        /// </summary>
        public float? InputMaximum;

        /// <summary>
        /// <see cref="SpikeCode.Rate"/>: the seed. Null (default): drawn from the <see cref="MLContext"/>'s generator when the estimator is
        /// made.
        /// </summary>
        public int? Seed;

        /// <summary>
        /// <see cref="SpikeCode.Latency"/>: how a value becomes a time. Null (default): <see cref="Snn.LatencyCurve.Linear"/>.
        /// </summary>
        public LatencyCurve? LatencyCurve;

        /// <summary>
        /// <see cref="SpikeCode.Delta"/>: the change θ that gives a spike, above 0, in the units of the input. Null (default): 0.1.
        /// </summary>
        public float? DeltaThreshold;

        /// <summary><see cref="SpikeCode.Population"/>: receptive fields K per value, at least 3. Null (default): 8.</summary>
        public int? ReceptiveFields;
    }
}
