using System.Globalization;
using System.Reflection;
using Microsoft.ML.Data;
using Microsoft.ML.Model;
using Microsoft.ML.Runtime;
using Microsoft.ML.Snn.Training.Data;

namespace Microsoft.ML.Snn.Tests.Conformance;

/// <summary>
/// What ML.NET, and its users, may expect of any estimator. A test class for an estimator derives from this one and says how to make it
/// and what to feed it; every fact below then holds for that estimator too.
/// </summary>
public abstract class EstimatorConformance
{
    protected MLContext Context { get; } = new(seed: 1);

    /// <summary>A new estimator, the same each time.</summary>
    protected abstract IEstimator<ITransformer> CreateEstimator(MLContext context);

    /// <summary>Data that the estimator accepts: at least five rows, the same each time.</summary>
    protected abstract IDataView CreateData(MLContext context);

    /// <summary>The columns that the estimator adds.</summary>
    protected abstract string[] OutputColumns { get; }

    /// <summary>The input column without which a fitted transformer cannot work.</summary>
    protected abstract string RequiredInput { get; }

    /// <summary>Data that estimator and transformer must refuse by the schema alone, and what the message must name.</summary>
    protected abstract IEnumerable<(IDataView Data, string Named)> InvalidData(MLContext context);

    /// <summary>Data that the transformer takes, but not the estimator, and what the message must name.</summary>
    protected virtual IEnumerable<(IDataView Data, string Named)> DataToTransformOnly(MLContext context) => [];

    /// <summary>Data that the estimator takes, but not a transformer that was fitted on <see cref="CreateData"/>.</summary>
    protected virtual IEnumerable<(IDataView Data, string Named)> DataToFitOnly(MLContext context) => [];

    /// <summary>All columns that the estimator looks at.</summary>
    protected virtual string[] Inputs => [RequiredInput];

    /// <summary>Whether the transformer maps rows by itself; false where ML.NET's scorers do.</summary>
    protected virtual bool MakesRowMapper => true;

    private ITransformer? _fitted;

    protected ITransformer Fitted => _fitted ??= CreateEstimator(Context).Fit(CreateData(Context));

    [Fact]
    public void The_promised_schema_is_the_delivered_one_annotations_included()
    {
        IDataView data = CreateData(Context);
        SchemaShape promised = CreateEstimator(Context).GetOutputSchema(SchemaShape.Create(data.Schema));
        IDataView transformed = Fitted.Transform(data);
        SchemaShape delivered = SchemaShape.Create(transformed.Schema);
        AssertSame(promised, delivered, "");
        AssertSame(SchemaShape.Create(Fitted.GetOutputSchema(data.Schema)), delivered, "");
        foreach (DataViewSchema.Column input in data.Schema.Where(column => !OutputColumns.Contains(column.Name)))
            Assert.Contains(transformed.Schema, column => column.Name == input.Name && column.Type.Equals(input.Type));
        Assert.All(OutputColumns, name => Assert.NotNull(transformed.Schema.GetColumnOrNull(name)));
    }

    [Fact]
    public void A_schema_that_does_not_suit_is_refused_by_the_estimator_before_any_row_is_read()
    {
        SchemaShape valid = SchemaShape.Create(CreateData(Context).Schema);
        foreach ((IDataView data, string named) in InvalidData(Context).Concat(DataToTransformOnly(Context)))
        {
            SchemaShape shape = SchemaShape.Create(data.Schema);
            // A shape has no sizes: where it is the same, there is nothing to refuse.
            if (Inputs.All(name => Find(shape, name) == Find(valid, name)))
                Assert.NotNull(CreateEstimator(Context).GetOutputSchema(shape));
            else
                AssertRefused(() => CreateEstimator(Context).GetOutputSchema(shape), "GetOutputSchema", "");
            AssertRefused(() => CreateEstimator(Context).Fit(new UnreadableView(data)), "Fit", named);
        }

        static string? Find(SchemaShape shape, string name) => shape.TryFindColumn(name, out SchemaShape.Column column) ? Describe(column) : null;
    }

    [Fact]
    public void A_schema_that_does_not_suit_is_refused_by_the_transformer_before_any_row_is_read()
    {
        Assert.Contains(InvalidData(Context), invalid => invalid.Data.Schema.GetColumnOrNull(RequiredInput) is null);
        foreach (ITransformer transformer in (ITransformer[])[Fitted, SaveAndLoad(Fitted, CreateData(Context).Schema)])
        {
            foreach ((IDataView data, string named) in InvalidData(Context).Concat(DataToFitOnly(Context)))
            {
                AssertRefused(() => transformer.GetOutputSchema(data.Schema), "GetOutputSchema", named);
                AssertRefused(() => transformer.Transform(new UnreadableView(data)), "Transform", named);
                AssertRefused(() => transformer.GetRowToRowMapper(data.Schema), "GetRowToRowMapper", named);
            }
        }
    }

    [Fact]
    public void What_suits_only_the_one_is_taken_by_the_one()
    {
        foreach ((IDataView data, _) in DataToTransformOnly(Context))
            Assert.NotEmpty(Outputs(Fitted, data));
        foreach ((IDataView data, _) in DataToFitOnly(Context))
        {
            Assert.NotNull(CreateEstimator(Context).GetOutputSchema(SchemaShape.Create(data.Schema)));
            Assert.NotEmpty(Outputs(CreateEstimator(Context).Fit(data), data));
        }
    }

    [Fact]
    public void Transform_and_schema_read_no_row()
    {
        var unreadable = new UnreadableView(CreateData(Context));
        Assert.NotNull(Fitted.GetOutputSchema(unreadable.Schema));
        Assert.NotNull(Fitted.Transform(unreadable));
    }

    [Fact]
    public void A_saved_and_loaded_transformer_has_the_same_schema_and_values_whatever_columns_are_read()
    {
        IDataView data = CreateData(Context);
        ITransformer loaded = SaveAndLoad(Fitted, data.Schema);
        IDataView before = Fitted.Transform(data), after = loaded.Transform(data);
        AssertSame(before.Schema, after.Schema);
        AssertSame(before.Schema, Fitted.GetOutputSchema(data.Schema));
        AssertSame(before.Schema, loaded.GetOutputSchema(data.Schema));

        int[] all = [.. Enumerable.Range(0, before.Schema.Count)];
        int[] outputs = [.. OutputColumns.Select(name => before.Schema[name].Index)];
        foreach (int[] active in (int[][])[all, outputs, [.. outputs.Take(1)], [.. outputs.TakeLast(1)], [.. all.Where(i => i % 2 == 0)], []])
            Assert.Equal(ColumnValues.Read(before, active), ColumnValues.Read(after, active));
    }

    [Fact]
    public void Rows_can_be_mapped_one_by_one_from_the_very_schema_that_was_given()
    {
        IDataView data = CreateData(Context);
        Assert.True(Fitted.IsRowToRowMapper);
        IRowToRowMapper mapper = Fitted.GetRowToRowMapper(data.Schema);
        Assert.Same(data.Schema, mapper.InputSchema);
        AssertSame(Fitted.GetOutputSchema(data.Schema), mapper.OutputSchema);
    }

    /// <summary>As ML.NET stores a view with its transforms, and as it loads one where nothing else knows of them.</summary>
    [Fact]
    public void A_view_of_mapped_rows_is_saved_and_loaded()
    {
        IDataView data = CreateData(Context), mapped = Fitted.Transform(data);
        Assert.Equal(MakesRowMapper, mapped is RowToRowMapperTransform);
        if (!MakesRowMapper)
            return;
        using var stream = new MemoryStream();
        using (RepositoryWriter writer = RepositoryWriter.CreateNew(stream, Context))
        {
            ModelSaveContext.SaveModel(writer, (ICanSaveModel)mapped, "view");
            writer.Commit();
        }
        stream.Position = 0;
        var context = new MLContext();
        using RepositoryReader reader = RepositoryReader.Open(stream, context);
        ModelLoadContext.LoadModel<IDataTransform, SignatureLoadDataTransform>(context, out IDataTransform loaded, reader, "view", data);
        AssertSame(mapped.Schema, loaded.Schema);
        int[] all = [.. Enumerable.Range(0, mapped.Schema.Count)];
        Assert.Equal(ColumnValues.Read(mapped, all), ColumnValues.Read(loaded, all));
    }

    [Fact]
    public void Fitting_again_gives_the_same_and_leaves_earlier_results_alone()
    {
        IDataView data = CreateData(Context);
        IEstimator<ITransformer> estimator = CreateEstimator(Context);
        ITransformer first = estimator.Fit(data);
        string[][] before = Outputs(first, data);
        ITransformer second = estimator.Fit(data);
        Assert.Equal(before, Outputs(second, data));
        Assert.Equal(before, Outputs(first, data));
        Assert.Equal(before, Outputs(CreateEstimator(new MLContext(seed: 1)).Fit(data), data));
    }

    [Fact]
    public void A_row_alone_a_row_among_others_and_parallel_cursors_agree()
    {
        IDataView data = CreateData(Context), transformed = Fitted.Transform(data);
        string[][] together = Outputs(Fitted, data);
        for (int row = 0; row < together.Length; row++)
        {
            IDataView alone = Context.Data.TakeRows(row == 0 ? data : Context.Data.SkipRows(data, row), 1);
            Assert.Equal([together[row]], Outputs(Fitted, alone));
        }

        DataViewSchema.Column[] columns = [.. OutputColumns.Select(name => transformed.Schema[name])];
        DataViewRowCursor[] cursors = transformed.GetRowCursorSet(columns, 3);
        var parallel = new SortedDictionary<long, string[]>();
        Parallel.ForEach(cursors, cursor =>
        {
            using (cursor)
            {
                Func<string>[] read = [.. columns.Select(column => ColumnValues.Getter(cursor, cursor.Schema[column.Index]))];
                while (cursor.MoveNext())
                {
                    string[] values = [.. read.Select(get => get())];
                    lock (parallel)
                        parallel.Add(cursor.Batch * 1_000_000 + cursor.Position, values);
                }
            }
        });
        Assert.Equal(together.Select(row => string.Join("|", row)).Order(), parallel.Values.Select(row => string.Join("|", row)).Order());
    }

    [Fact]
    public void Many_threads_may_read_one_transformer_at_once()
    {
        IDataView data = CreateData(Context);
        string[][] expected = Outputs(Fitted, data);
        Parallel.For(0, 8, _ => Assert.Equal(expected, Outputs(Fitted, data)));
    }

    [Fact]
    public void Inactive_outputs_ask_nothing_of_the_input()
    {
        var counting = new CountingView(CreateData(Context));
        IDataView transformed = Fitted.Transform(counting);
        DataViewSchema.Column[] others = [.. transformed.Schema.Where(column => !OutputColumns.Contains(column.Name) && column.Name != RequiredInput)];
        using (DataViewRowCursor cursor = transformed.GetRowCursor(others.Take(1)))
        {
            while (cursor.MoveNext())
            {
            }
        }
        Assert.DoesNotContain(RequiredInput, counting.Requested);

        using DataViewRowCursor outputs = transformed.GetRowCursor(OutputColumns.Select(name => transformed.Schema[name]));
        Assert.True(outputs.MoveNext());
        Assert.Contains(RequiredInput, counting.Requested);
    }

    [Fact]
    public void Saved_under_one_culture_loaded_under_another_the_values_are_the_same()
    {
        CultureInfo before = CultureInfo.CurrentCulture;
        try
        {
            IDataView data = CreateData(Context);
            string[][] expected = Outputs(Fitted, data);
            CultureInfo.CurrentCulture = new CultureInfo("tr-TR");
            using var stream = new MemoryStream();
            Context.Model.Save(Fitted, data.Schema, stream);
            CultureInfo.CurrentCulture = new CultureInfo("de-DE");
            stream.Position = 0;
            ITransformer loaded = Context.Model.Load(new ForwardOnlyStream(stream), out _);
            CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
            Assert.Equal(expected, Outputs(loaded, data));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Fact]
    public void A_truncated_zip_is_refused()
    {
        using var stream = new MemoryStream();
        Context.Model.Save(Fitted, CreateData(Context).Schema, stream);
        foreach (double part in (double[])[0, 0.1, 0.5, 0.9, 0.999])
            Assert.ThrowsAny<Exception>(() => Context.Model.Load(new MemoryStream(stream.ToArray()[..(int)(part * stream.Length)]), out _));
    }

    [Fact]
    public void Disposing_twice_is_fine()
    {
        ITransformer transformer = CreateEstimator(Context).Fit(CreateData(Context));
        (transformer as IDisposable)?.Dispose();
        (transformer as IDisposable)?.Dispose();
    }

    protected ITransformer SaveAndLoad(ITransformer transformer, DataViewSchema schema)
    {
        using var stream = new MemoryStream();
        Context.Model.Save(transformer, schema, stream);
        stream.Position = 0;
        ITransformer loaded = new MLContext().Model.Load(stream, out DataViewSchema loadedSchema);
        // ML.NET stores a schema as a view without rows, in a format that has no place for types of others.
        AssertSame(schema.Where(column => column.Type is not EventRecordingDataViewType), loadedSchema);
        return loaded;
    }

    /// <summary>The output columns' values, one array a row.</summary>
    protected string[][] Outputs(ITransformer transformer, IDataView data)
    {
        IDataView transformed = transformer.Transform(data);
        return ColumnValues.Read(transformed, [.. OutputColumns.Select(name => transformed.Schema[name].Index)]);
    }

    /// <summary>What ML.NET's own test of estimators (TestEstimatorCore) takes for a refusal, and nothing else.</summary>
    private static void AssertRefused(Func<object> action, string what, string named)
    {
        Exception? e = Record.Exception(action);
        Assert.True(e is not null, $"{what} accepts what does not suit (\"{named}\").");
        if (e is TargetInvocationException)
        {
            e = e.GetBaseException();
            Assert.True(e.IsMarked(), $"{what} threw {e}");
        }
        Assert.True(e is ArgumentOutOfRangeException or InvalidOperationException, $"{what} threw {e}");
        Assert.Contains(named, e.Message);
    }

    private static void AssertSame(IEnumerable<DataViewSchema.Column> expected, DataViewSchema actual) =>
        Assert.Equal(Describe(expected), Describe(actual));

    /// <summary>Every column, and its annotations with their values.</summary>
    private static string[] Describe(IEnumerable<DataViewSchema.Column> columns) =>
    [
        .. columns.Select(column => $"{column.Name} {column.Type} hidden={column.IsHidden} " + string.Join(", ", column.Annotations.Schema
            .OrderBy(annotation => annotation.Name, StringComparer.Ordinal)
            .Select(annotation => $"{annotation.Name} {annotation.Type} = "
                + ColumnValues.Getter(AnnotationUtils.AnnotationsAsRow(column.Annotations), annotation)()))),
    ];

    private static string Describe(SchemaShape.Column column) => $"{column.Kind} {column.ItemType} key={column.IsKey}";

    private static void AssertSame(SchemaShape expected, SchemaShape actual, string path)
    {
        // A hidden column stands under the same name before the one that hides it; a shape has but the latter.
        Assert.Equal(expected.Select(column => column.Name).Order(), actual.Select(column => column.Name).Distinct().Order());
        foreach (SchemaShape.Column column in expected)
        {
            Assert.True(actual.TryFindColumn(column.Name, out SchemaShape.Column other));
            string place = $"{path}{column.Name}: {Describe(column)}";
            Assert.Equal(place, $"{path}{other.Name}: {Describe(other)}");
            AssertSame(column.Annotations, other.Annotations, $"{place} / ");
        }
    }
}
