namespace Microsoft.ML.Snn;

public sealed partial class EventLoadingEstimator
{
    /// <summary>Options for the <see cref="EventLoadingEstimator"/>, copied when the estimator is made.</summary>
    public sealed class Options
    {
        /// <summary>The output column. Required.</summary>
        public string OutputColumnName = "";

        /// <summary>The input column. Null (default): the output column's name.</summary>
        public string? InputColumnName;

        /// <summary>
        /// The folder that relative paths start from; it must exist. Null or empty (default): the process's working folder at the time of
        /// reading.
        /// </summary>
        public string? EventFolder;

        /// <summary>
        /// A column of <see cref="long"/>: the time at which a row's recording begins, microseconds of the camera's clock, where it is only
        /// a part of the file. Goes with <see cref="EndTimeColumnName"/>. Null (default): rows are whole files.
        /// </summary>
        public string? StartTimeColumnName;

        /// <summary>
        /// A column of <see cref="long"/>: the time before which a row's recording ends, microseconds of the camera's clock. Goes with
        /// <see cref="StartTimeColumnName"/>. Null (default): rows are whole files.
        /// </summary>
        public string? EndTimeColumnName;

        /// <summary>How to read the files. Default: the format by content, and an exception where a file is damaged.</summary>
        public EventReadOptions Reading = new();
    }
}
