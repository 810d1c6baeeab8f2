namespace EventCamera.Recordings;

/// <summary>How a set of recordings lies in its folder.</summary>
internal enum RecordingLayout
{
    /// <summary>One folder a class.</summary>
    ClassFolders = 0,

    /// <summary>
    /// DVS128 Gesture as published: many gestures in each recording, and lists of the recordings to train and to test on.
    /// </summary>
    DvsGesture = 1,
}
