using Samples.Tests;

[assembly: AssemblyFixture(typeof(TrainedModel))]
[assembly: AssemblyFixture(typeof(TrainedEventModel))]
