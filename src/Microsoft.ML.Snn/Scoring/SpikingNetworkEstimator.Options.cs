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
        /// The highest probability at which a row stops, checked after every time step, 0 to 1. Null (default): not used. With both
        /// bounds given, a row stops at the first that it reaches.
        /// </summary>
        public float? ExitConfidence;

        /// <summary>
        /// The difference of the highest and the second highest probability at which a row stops, checked after every time step, 0 to 1.
        /// Null (default): not used.
        /// </summary>
        public float? ExitMargin;

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
        /// The output column of the estimated energy of the arithmetic in nanojoules (see <see cref="SpikingTrace.EnergyNanojoules"/>), <see
        /// cref="double"/>. Null (default): none.
        /// </summary>
        public string? EnergyNanojoulesColumnName;

        /// <summary>Energy of an addition, in picojoules, 0 or more. Default <see cref="SpikingTrace.AdditionPicojoule"/>.</summary>
        public double AdditionPicojoule = SpikingTrace.AdditionPicojoule;

        /// <summary>Energy of a multiply-add, in picojoules, 0 or more. Default <see cref="SpikingTrace.MultiplyAddPicojoule"/>.</summary>
        public double MultiplyAddPicojoule = SpikingTrace.MultiplyAddPicojoule;
    }
}
