namespace Microsoft.ML.Snn;

public sealed partial class EventFramingEstimator
{
    /// <summary>Options for the <see cref="EventFramingEstimator"/>, copied when the estimator is made.</summary>
    public sealed class Options
    {
        /// <summary>The output column. Required.</summary>
        public string OutputColumnName = "";

        /// <summary>The input column. Null (default): the output column's name.</summary>
        public string? InputColumnName;

        /// <summary>Height H of a frame in pixels, at least 1. Required.</summary>
        public int Height;

        /// <summary>Width W of a frame in pixels, at least 1. Required.</summary>
        public int Width;

        /// <summary>
        /// Height of the sensor in pixels, at least <see cref="Height"/> and at most 65,536: sensor row y counts for frame row
        /// ⌊y <see cref="Height"/> / <see cref="SensorHeight"/>⌋, with the rows that a crop leaves in place of the sensor's. Null
        /// (default): <see cref="Height"/>.
        /// </summary>
        public int? SensorHeight;

        /// <summary>
        /// Width of the sensor in pixels, at least <see cref="Width"/> and at most 65,536: sensor column x counts for frame column
        /// ⌊x <see cref="Width"/> / <see cref="SensorWidth"/>⌋, with the columns that a crop leaves in place of the sensor's. Null
        /// (default): <see cref="Width"/>.
        /// </summary>
        public int? SensorWidth;

        /// <summary>Number of slices T, at least 1: the time steps of the network. Required.</summary>
        public int TimeSteps;

        /// <summary>How a recording is cut into slices, one per time step. Default <see cref="EventSlicing.EqualCount"/>.</summary>
        public EventSlicing Slicing = EventSlicing.EqualCount;

        /// <summary>
        /// What is done to the events, in this order, before they are cut into slices. Default: nothing. Events outside the sensor are left
        /// out before.
        /// </summary>
        public EventFilter[] Filters = [];

        /// <summary>What a frame says of a pixel's events. Default <see cref="EventAccumulation.Sum"/>.</summary>
        public EventAccumulation Accumulation = EventAccumulation.Sum;

        /// <summary>
        /// Whether ON and OFF events share one channel. Default false: channel 0 has the OFF events, channel 1 the ON events. A voxel
        /// grid with one channel subtracts the OFF events.
        /// </summary>
        public bool MergePolarity;
    }
}
