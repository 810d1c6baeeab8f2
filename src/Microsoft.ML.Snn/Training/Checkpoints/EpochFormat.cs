namespace Microsoft.ML.Snn.Training.Checkpoints;

/// <summary>An epoch's record in a checkpoint.</summary>
internal static class EpochFormat
{
    public static void Write(BinaryWriter writer, EpochRecord epoch)
    {
        TrainingMetrics metrics = epoch.Metrics;
        writer.Write(metrics.Epoch);
        writer.Write(metrics.Epochs);
        WriteNumbers(writer, metrics.Loss, metrics.Accuracy, metrics.LearningRate, metrics.FiringRate, metrics.SamplesPerSecond,
            metrics.SynapticOperations);
        writer.Write(metrics.ValidationLoss.HasValue);
        WriteNumbers(writer, metrics.ValidationLoss ?? 0, metrics.ValidationAccuracy ?? 0);
        WriteTimes(writer, metrics.InputWait, metrics.ForwardTime, metrics.BackwardTime, metrics.UpdateTime, metrics.Elapsed);
        WriteTimes(writer, epoch.Training, epoch.Validation, epoch.Diagnostics);
        TrainingHistory.WriteAll(writer, metrics.LayerFiringRates, layer =>
        {
            writer.Write(layer.Name);
            writer.Write(layer.Rate);
        });
        writer.Write(metrics.Diagnostics is not null);
        if (metrics.Diagnostics is { } diagnostics)
            WriteDiagnostics(writer, diagnostics);
    }

    public static EpochRecord Read(BinaryReader reader)
    {
        int epoch = reader.ReadInt32(), epochs = reader.ReadInt32();
        double[] numbers = ReadNumbers(reader, 6);
        bool isValidated = reader.ReadBoolean();
        double[] validation = ReadNumbers(reader, 2);
        TimeSpan[] times = ReadTimes(reader, 5), parts = ReadTimes(reader, 3);
        var metrics = new TrainingMetrics
        {
            Epoch = epoch,
            Epochs = epochs,
            Loss = numbers[0],
            Accuracy = numbers[1],
            LearningRate = numbers[2],
            FiringRate = numbers[3],
            SamplesPerSecond = numbers[4],
            SynapticOperations = numbers[5],
            ValidationLoss = isValidated ? validation[0] : null,
            ValidationAccuracy = isValidated ? validation[1] : null,
            InputWait = times[0],
            ForwardTime = times[1],
            BackwardTime = times[2],
            UpdateTime = times[3],
            Elapsed = times[4],
            LayerFiringRates = TrainingHistory.ReadAll(reader, () => new LayerFiringRate(reader.ReadString(), reader.ReadDouble())),
            Diagnostics = reader.ReadBoolean() ? ReadDiagnostics(reader) : null,
        };
        return new(metrics, parts[0], parts[1], parts[2]);
    }

    private static void WriteDiagnostics(BinaryWriter writer, TrainingDiagnostics diagnostics)
    {
        writer.Write(diagnostics.Samples);
        writer.Write(diagnostics.Loss);
        TrainingHistory.WriteAll(writer, diagnostics.Layers, layer =>
        {
            writer.Write(layer.Name);
            WriteNumbers(
                writer, layer.FiringRate, layer.NeverFiring, layer.AlwaysFiring, layer.InWindow, layer.InputMean, layer.InputDeviation,
                layer.MembraneMean, layer.MembraneDeviation, layer.InputGradientNorm, layer.WeightGradientNorm);
        });
        TrainingHistory.WriteAll(writer, diagnostics.Blocks, block =>
        {
            writer.Write(block.Source);
            writer.Write(block.Name);
            WriteNumbers(
                writer, block.Phi, block.StandardError, block.Spread, block.InputSecondMoment, block.OutputSecondMoment,
                block.PredictedPhi);
        });
    }

    private static TrainingDiagnostics ReadDiagnostics(BinaryReader reader) => new(
        reader.ReadInt32(), reader.ReadDouble(), TrainingHistory.ReadAll(reader, () => ReadLayer(reader)),
        TrainingHistory.ReadAll(reader, () => ReadBlock(reader)));

    private static LayerDiagnostics ReadLayer(BinaryReader reader)
    {
        string name = reader.ReadString();
        double[] numbers = ReadNumbers(reader, 10);
        return new()
        {
            Name = name,
            FiringRate = numbers[0],
            NeverFiring = numbers[1],
            AlwaysFiring = numbers[2],
            InWindow = numbers[3],
            InputMean = numbers[4],
            InputDeviation = numbers[5],
            MembraneMean = numbers[6],
            MembraneDeviation = numbers[7],
            InputGradientNorm = numbers[8],
            WeightGradientNorm = numbers[9],
        };
    }

    private static BlockIsometry ReadBlock(BinaryReader reader)
    {
        string source = reader.ReadString(), name = reader.ReadString();
        double[] numbers = ReadNumbers(reader, 6);
        return new()
        {
            Source = source,
            Name = name,
            Phi = numbers[0],
            StandardError = numbers[1],
            Spread = numbers[2],
            InputSecondMoment = numbers[3],
            OutputSecondMoment = numbers[4],
            PredictedPhi = numbers[5],
        };
    }

    private static void WriteNumbers(BinaryWriter writer, params ReadOnlySpan<double> numbers)
    {
        foreach (double number in numbers)
            writer.Write(number);
    }

    private static double[] ReadNumbers(BinaryReader reader, int count)
    {
        var numbers = new double[count];
        for (int i = 0; i < count; i++)
            numbers[i] = reader.ReadDouble();
        return numbers;
    }

    private static void WriteTimes(BinaryWriter writer, params ReadOnlySpan<TimeSpan> times)
    {
        foreach (TimeSpan time in times)
            writer.Write(time.Ticks);
    }

    private static TimeSpan[] ReadTimes(BinaryReader reader, int count)
    {
        var times = new TimeSpan[count];
        for (int i = 0; i < count; i++)
            times[i] = new(reader.ReadInt64());
        return times;
    }
}
