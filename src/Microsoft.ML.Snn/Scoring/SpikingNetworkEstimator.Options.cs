using Microsoft.ML.Data;

namespace Microsoft.ML.Snn;

public sealed partial class SpikingNetworkEstimator
{
    /// <summary>
    /// Options for the <see cref="SpikingNetworkEstimator"/>, copied when the estimator is made. Columns whose name is null are not
    /// made, and a column that nobody reads is not computed.
    /// </summary>
    public sealed class Options
    {
        /// <summary>The output column of the class probabilities. Default <c>Score</c>.</summary>
        public string OutputColumnName = DefaultColumnNames.Score;

        /// <summary>The input column. Default <c>Features</c>.</summary>
        public string InputColumnName = DefaultColumnNames.Features;

        /// <summary>The output column of the predicted class. Default <c>PredictedLabel</c>.</summary>
        public string PredictedLabelColumnName = DefaultColumnNames.PredictedLabel;

        /// <summary>
        /// When a row stops before its last time step, checked after every step. Default <see cref="EarlyExit.Never"/>.
        /// </summary>
        public EarlyExit Exit = EarlyExit.Never;

        /// <summary>
        /// The output column of the probabilities after each step, [T, classes]: NaN for steps that an early exit has saved. Null
        /// (default): none.
        /// </summary>
        public string? StepScoresColumnName;

        /// <summary>
        /// The output column of the number of time steps used, <see cref="int"/>, 1 to T; 0 for a row with a feature that is not finite.
        /// Null (default): none.
        /// </summary>
        public string? StepsUsedColumnName;

        /// <summary>The output column of the number of spikes, <see cref="long"/>. Null (default): none.</summary>
        public string? SpikesColumnName;

        /// <summary>
        /// The output column of <see cref="SpikingTrace.SynapticOperations"/>, <see cref="long"/>. Null (default): none.
        /// </summary>
        public string? SynapticOperationsColumnName;

        /// <summary>The output column of <see cref="SpikingTrace.Additions"/>, <see cref="long"/>. Null (default): none.</summary>
        public string? AdditionsColumnName;

        /// <summary>The output column of <see cref="SpikingTrace.MultiplyAdds"/>, <see cref="long"/>. Null (default): none.</summary>
        public string? MultiplyAddsColumnName;

        /// <summary>
        /// The output column of the estimated energy of the arithmetic in nanojoules (see <see cref="SpikingTrace.EnergyNanojoules"/>),
        /// <see cref="double"/>. Null (default): none.
        /// </summary>
        public string? EnergyNanojoulesColumnName;

        /// <summary>What an operation costs, for the column of the energy. Default: that of 45 nm CMOS.</summary>
        public EnergyModel Energy = new();
    }
}
