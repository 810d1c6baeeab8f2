using Samples.Tests;

[assembly: AssemblyFixture(typeof(TrainedModel))]
