namespace Microsoft.ML.Snn;

public sealed partial class SpikeEncodingEstimator
{
    /// <summary>Options for the <see cref="SpikeEncodingEstimator"/>, copied when the estimator is made.</summary>
    public sealed class Options
    {
        /// <summary>The output column. Required.</summary>
        public string OutputColumnName = "";

        /// <summary>The input column. Null (default): the output column's name.</summary>
        public string? InputColumnName;

        /// <summary>The code with its parameters. Default <see cref="SpikeCode.Rate"/> with its defaults.</summary>
        public SpikeCode Code = SpikeCode.Rate();
    }
}
