using Microsoft.ML.Data;

namespace Microsoft.ML.Snn.Tests.SpikeCoding;

public class SpikeEncodingTests
{
    private readonly MLContext _context = new(seed: 1);

    [Theory]
    [InlineData(SpikeCodeKind.Rate, new[] { 3, 4, 5 }, new[] { 6, 3, 4, 5 })]
    [InlineData(SpikeCodeKind.Latency, new[] { 60 }, new[] { 6, 60 })]
    [InlineData(SpikeCodeKind.Phase, new[] { 3, 4, 5 }, new[] { 6, 3, 4, 5 })]
    [InlineData(SpikeCodeKind.Direct, new[] { 3, 4, 5 }, new[] { 6, 3, 4, 5 })]
    [InlineData(SpikeCodeKind.Delta, new[] { 6 }, new[] { 6, 2 })]
    [InlineData(SpikeCodeKind.Delta, new[] { 6, 10 }, new[] { 6, 2, 10 })]
    [InlineData(SpikeCodeKind.Delta, new[] { 6, 4, 5 }, new[] { 6, 2, 4, 5 })]
    [InlineData(SpikeCodeKind.Delta, new[] { 6, 3, 4, 5 }, new[] { 6, 6, 4, 5 })]
    [InlineData(SpikeCodeKind.Population, new[] { 3, 4, 5 }, new[] { 6, 24, 4, 5 })]
    [InlineData(SpikeCodeKind.Population, new[] { 60 }, new[] { 6, 480, 1, 1 })]
    public void The_output_has_the_dimensions_that_the_code_promises(SpikeCodeKind code, int[] input, int[] output)
    {
        IDataView data = Rows(input, new float[input.Aggregate(1, (a, b) => a * b)]);
        IDataView spikes = _context.Transforms.EncodeSpikes("Spikes", "Values", Make(code, 6)).Fit(data).Transform(data);
        Assert.Equal(new VectorDataViewType(NumberDataViewType.Single, output), spikes.Schema["Spikes"].Type);
        Assert.All(Read(spikes), row => Assert.Equal(output.Aggregate(1, (a, b) => a * b), row.Length));
    }

    [Fact]
    public void Without_an_input_column_the_output_takes_its_place()
    {
        IDataView data = Rows([1, 1, 2], [0.25f, 0.5f]);
        IDataView encoded = _context.Transforms.EncodeSpikes("Values", code: SpikeCode.Direct()).Fit(data).Transform(data);
        Assert.Equal(new VectorDataViewType(NumberDataViewType.Single, 4, 1, 1, 2), encoded.Schema["Values"].Type);
    }

    [Fact]
    public void Rate_spikes_belong_to_a_rows_content_whatever_its_place()
    {
        var random = new Random(1);
        float[][] rows = [.. Enumerable.Range(0, 20).Select(_ => Enumerable.Range(0, 50).Select(_ => random.NextSingle()).ToArray())];
        SpikeEncodingEstimator.Options options = new() { OutputColumnName = "Spikes", InputColumnName = "Values", Code = SpikeCode.Rate(seed: 11) };
        IDataView data = Rows([50], rows), reversed = Rows([50], [.. rows.Reverse()]);
        ITransformer transformer = _context.Transforms.EncodeSpikes(options).Fit(data);
        float[][] spikes = Read(transformer.Transform(data));
        Assert.Equal(spikes.Reverse(), Read(transformer.Transform(reversed)));

        using PredictionEngine<Input, Output> engine = _context.Model.CreatePredictionEngine<Input, Output>(
            transformer, inputSchemaDefinition: Definition([50]));
        Assert.Equal(spikes, rows.Select(row => engine.Predict(new() { Values = new(row.Length, row) }).Spikes.ToArray()));

        options.Code = SpikeCode.Rate(seed: 12);
        Assert.Equal(spikes, Read(transformer.Transform(data)));
        Assert.NotEqual(spikes, Read(_context.Transforms.EncodeSpikes(options).Fit(data).Transform(data)));
    }

    [Fact]
    public void The_input_range_is_scaled_and_what_lies_outside_counts_as_its_end()
    {
        IDataView data = Rows([4], [-100, 0, 63.75f, 300]);
        IDataView spikes = _context.Transforms.EncodeSpikes(new SpikeEncodingEstimator.Options
        {
            OutputColumnName = "Spikes",
            InputColumnName = "Values",
            Code = SpikeCode.Phase(timeSteps: 2, maximum: 255),
        }).Fit(data).Transform(data);
        Assert.Equal([0, 0, 0, 0.5f, /**/ 0, 0, 0.25f, 0.25f], Assert.Single(Read(spikes)));
    }

    [Theory]
    [InlineData(SpikeCodeKind.Rate, float.NaN)]
    [InlineData(SpikeCodeKind.Population, float.NaN)]
    [InlineData(SpikeCodeKind.Delta, float.PositiveInfinity)]
    public void A_row_that_is_not_finite_is_missing_and_leaves_the_next_one_alone(SpikeCodeKind code, float missing)
    {
        IDataView data = Rows([3], [0, missing, 1], [0, 1, 0]), clean = Rows([3], [0, 1, 0]);
        ITransformer transformer = _context.Transforms.EncodeSpikes("Spikes", "Values", Make(code, 4)).Fit(data);
        float[][] spikes = Read(transformer.Transform(data));
        Assert.All(spikes[0], value => Assert.True(float.IsNaN(value)));
        Assert.Equal(Read(transformer.Transform(clean))[0], spikes[1]);
    }

    [Fact]
    public void Sparse_rows_are_encoded_like_dense_ones()
    {
        var sparse = new VBuffer<float>(6, 2, [0.5f, 0.75f], [1, 4]);
        Input[] rows = [new() { Values = sparse }, new() { Values = new VBuffer<float>(6, [0, 0.5f, 0, 0, 0.75f, 0]) }];
        IDataView data = _context.Data.LoadFromEnumerable(rows, Definition([6]));
        float[][] spikes = Read(_context.Transforms.EncodeSpikes("Spikes", "Values", SpikeCode.Latency()).Fit(data).Transform(data));
        Assert.Equal(spikes[1], spikes[0]);
    }

    public static TheoryData<Action<SpikeEncodingEstimator.Options>, string> InvalidOptions => new()
    {
        { options => options.OutputColumnName = "", "OutputColumnName" },
        { options => options.OutputColumnName = null!, "OutputColumnName" },
        { options => options.InputColumnName = " ", "InputColumnName" },
        { options => options.Code = null!, "Code" },
    };

    [Theory]
    [MemberData(nameof(InvalidOptions), DisableDiscoveryEnumeration = true)]
    public void An_option_out_of_range_is_refused_by_name(Action<SpikeEncodingEstimator.Options> change, string named)
    {
        var options = new SpikeEncodingEstimator.Options { OutputColumnName = "Spikes" };
        change(options);
        ArgumentException e = Assert.ThrowsAny<ArgumentException>(() => _context.Transforms.EncodeSpikes(options));
        Assert.Contains(named, e.Message);
        Assert.Equal(named, e.ParamName);
    }

    public static TheoryData<Func<SpikeCode>, string> InvalidCodes => new()
    {
        { () => SpikeCode.Rate(timeSteps: 0), "timeSteps" },
        { () => SpikeCode.Rate(maximum: 0), "maximum" },
        { () => SpikeCode.Latency(timeSteps: 0), "timeSteps" },
        { () => SpikeCode.Latency(curve: (SpikeLatencyCurve)5), "curve" },
        { () => SpikeCode.Latency(minimum: float.NaN), "minimum" },
        { () => SpikeCode.Delta(0), "threshold" },
        { () => SpikeCode.Delta(float.NaN), "threshold" },
        { () => SpikeCode.Phase(timeSteps: -1), "timeSteps" },
        { () => SpikeCode.Phase(maximum: float.PositiveInfinity), "maximum" },
        { () => SpikeCode.Population(timeSteps: 0), "timeSteps" },
        { () => SpikeCode.Population(receptiveFields: 2), "receptiveFields" },
        { () => SpikeCode.Population(minimum: 1), "maximum" },
        { () => SpikeCode.Direct(0), "timeSteps" },
    };

    [Theory]
    [MemberData(nameof(InvalidCodes), DisableDiscoveryEnumeration = true)]
    public void A_codes_parameter_out_of_range_is_refused_by_name(Func<SpikeCode> make, string named) =>
        Assert.Throws<ArgumentOutOfRangeException>(named, make);

    [Fact]
    public void Inputs_that_a_code_cannot_use_are_refused_by_the_columns_name()
    {
        Refused(Rows([1, 2], new float[2]), SpikeCode.Delta(), "at least 2 steps", "Values");
        Refused(Rows([5, 2], new float[10]), SpikeCode.Population(), "[5, 2]", "Values");
        Refused(Rows([5, 2], new float[10]), SpikeCode.Rate(int.MaxValue), "too large", "Values");

        void Refused(IDataView data, SpikeCode code, params string[] named)
        {
            SpikeEncodingEstimator estimator = _context.Transforms.EncodeSpikes("Spikes", "Values", code);
            Exception e = Assert.Throws<ArgumentOutOfRangeException>(() => estimator.Fit(data));
            Assert.All(named, part => Assert.Contains(part, e.Message));
        }
    }

    [Theory]
    [InlineData(SpikeCodeKind.Rate)]
    [InlineData(SpikeCodeKind.Latency)]
    [InlineData(SpikeCodeKind.Phase)]
    [InlineData(SpikeCodeKind.Population)]
    public void Values_outside_the_range_are_told_of_once_for_all_passes_and_threads(SpikeCodeKind code)
    {
        List<string> warnings = Warnings();
        float[][] rows = [.. Enumerable.Range(0, 100).Select(i => new[] { 0, 1, i == 17 ? 255 : 0.5f })];
        ITransformer transformer = _context.Transforms.EncodeSpikes("Spikes", "Values", Make(code, 4)).Fit(Rows([3], rows));
        IDataView spikes = transformer.Transform(Rows([3], rows));
        Parallel.For(0, 4, _ => Read(spikes));
        string warning = Assert.Single(warnings);
        Assert.Contains("Row 17 of column 'Values' has 255 at index 2, outside the range 0 to 1", warning);
        Assert.Contains("minimum and maximum of the SpikeCode", warning);

        // Another Transform may be of other data.
        Read(transformer.Transform(Rows([3], [0, -0.5f, 0.5f])));
        Assert.Contains("has -0.5 at index 1", warnings[1]);
        Assert.Contains("counts as 0,", warnings[1]);
    }

    [Theory]
    [InlineData(SpikeCodeKind.Rate, new[] { 0, 1, 0.5f, -0f })]
    [InlineData(SpikeCodeKind.Rate, new[] { 2, float.NaN, 1, 1 })]
    [InlineData(SpikeCodeKind.Direct, new[] { -5, 255, 0, 1f })]
    [InlineData(SpikeCodeKind.Delta, new[] { -5, 255, 0, 1f })]
    public void Where_nothing_is_clamped_nothing_is_said(SpikeCodeKind code, float[] row)
    {
        List<string> warnings = Warnings();
        IDataView data = Rows([4], row);
        Read(_context.Transforms.EncodeSpikes("Spikes", "Values", Make(code, 4)).Fit(data).Transform(data));
        Assert.Empty(warnings);
    }

    private static SpikeCode Make(SpikeCodeKind kind, int timeSteps) => kind switch
    {
        SpikeCodeKind.Rate => SpikeCode.Rate(timeSteps),
        SpikeCodeKind.Latency => SpikeCode.Latency(timeSteps),
        SpikeCodeKind.Delta => SpikeCode.Delta(),
        SpikeCodeKind.Phase => SpikeCode.Phase(timeSteps),
        SpikeCodeKind.Population => SpikeCode.Population(timeSteps),
        _ => SpikeCode.Direct(timeSteps),
    };

    private List<string> Warnings()
    {
        var warnings = new List<string>();
        _context.Log += (_, e) =>
        {
            if (e.Kind != Runtime.ChannelMessageKind.Warning)
                return;
            lock (warnings)
                warnings.Add(e.Message);
        };
        return warnings;
    }

    private IDataView Rows(int[] dimensions, params float[][] rows) =>
        _context.Data.LoadFromEnumerable(rows.Select(row => new Input { Values = new(row.Length, row) }).ToArray(), Definition(dimensions));

    private static SchemaDefinition Definition(int[] dimensions)
    {
        SchemaDefinition definition = SchemaDefinition.Create(typeof(Input));
        definition[nameof(Input.Values)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, dimensions);
        return definition;
    }

    private static float[][] Read(IDataView view) => [.. view.GetColumn<float[]>("Spikes")];

    private sealed class Input
    {
        public VBuffer<float> Values { get; set; }
    }

    private sealed class Output
    {
        public float[] Spikes { get; set; } = [];
    }
}
