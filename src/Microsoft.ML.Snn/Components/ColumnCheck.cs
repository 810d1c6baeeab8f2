using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Snn.Components;

/// <summary>
/// What every component checks of its columns, and what it throws: the <see cref="ArgumentOutOfRangeException"/> that ML.NET's own
/// components throw at a schema that does not suit them, from Fit, Transform and GetOutputSchema alike. Where ML.NET's words for it would
/// name no more than two types, ours say what to do.
/// </summary>
internal static class ColumnCheck
{
    // The parameter of GetOutputSchema, which ML.NET names wherever a schema is checked.
    private const string Schema = "inputSchema";

    /// <summary>Checks the name of a column, as an option gives it.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The name is null, empty or white space.</exception>
    public static void Name(string? name, string option) =>
        Contracts.CheckNonWhiteSpace(name, option, $"The option {option} must name a column.");

    /// <summary>Checks the name of a column that need not be given.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The name is empty or white space.</exception>
    public static void OptionalName(string? name, string option)
    {
        if (name is not null)
            Contracts.CheckNonWhiteSpace(name, option, $"The option {option} must name a column, or be null.");
    }

    /// <exception cref="ArgumentOutOfRangeException">There is no such column.</exception>
    public static DataViewSchema.Column Find(DataViewSchema schema, string role, string name) =>
        schema.GetColumnOrNull(name) ?? throw Contracts.ExceptSchemaMismatch(Schema, role, name);

    /// <summary>A column that was found but does not suit.</summary>
    /// <param name="message">Names the column and says what to do.</param>
    /// <param name="option">The option that it does not suit; null where no option could help.</param>
    public static Exception Unsuitable(string message, string? option = null) => Contracts.ExceptParam(option ?? Schema, message);

    /// <summary>A column of another type than the one that was expected.</summary>
    public static Exception Unsuitable(string role, DataViewSchema.Column column, string expectedType) =>
        Contracts.ExceptSchemaMismatch(Schema, role, column.Name, expectedType, column.Type.ToString()!);

    /// <summary>Finds the input column of an estimator.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such column, or it is of another type.</exception>
    public static SchemaShape.Column Input(
        IHost host, SchemaShape schema, string name, Predicate<SchemaShape.Column> isSuitable, string expectedType, string role = "input")
    {
        host.CheckValue(schema, Schema);
        if (!schema.TryFindColumn(name, out SchemaShape.Column input))
            throw host.ExceptSchemaMismatch(Schema, role, name);
        if (!isSuitable(input))
            throw host.ExceptSchemaMismatch(Schema, role, name, expectedType, input.GetTypeString());
        return input;
    }

    /// <summary>The schema with a column more, in the place of one of its name where there is one.</summary>
    public static SchemaShape With(this SchemaShape schema, string name, SchemaShape.Column.VectorKind kind, DataViewType itemType) =>
        new(schema.Where(column => column.Name != name).Append(new(name, kind, itemType, isKey: false)));
}
