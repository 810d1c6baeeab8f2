using Microsoft.Extensions.Options;

namespace WebApp;

/// <summary>Refuses names that are no settings: a limit whose name is misspelled would be no limit.</summary>
internal sealed class KnownSettings(IConfiguration configuration) : IValidateOptions<ServiceOptions>
{
    private static readonly HashSet<string> _names =
        new(typeof(ServiceOptions).GetProperties().Select(property => property.Name), StringComparer.OrdinalIgnoreCase);

    public ValidateOptionsResult Validate(string? name, ServiceOptions options)
    {
        string[] given = [.. configuration.GetSection(ServiceOptions.Section).GetChildren().Select(child => child.Key)];
        string[] unknown = [.. given.Where(key => !_names.Contains(key))];
        return unknown.Length == 0
            ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(unknown.Select(key => $"There is no setting '{key}'."));
    }
}
