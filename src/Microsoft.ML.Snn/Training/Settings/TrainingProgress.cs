namespace Microsoft.ML.Snn;

/// <summary>Progress of a training run, reported after every batch.</summary>
/// <param name="Epoch">The current epoch, from 1.</param>
/// <param name="Epochs">Number of epochs that the run will have.</param>
/// <param name="Batch">Batches done in this epoch, from 1.</param>
/// <param name="Batches">Batches per epoch.</param>
/// <param name="Samples">Training samples of the batch just done.</param>
/// <param name="Loss">Mean loss of the batch just done, in nats.</param>
public readonly record struct TrainingProgress(int Epoch, int Epochs, long Batch, long Batches, int Samples, double Loss);
