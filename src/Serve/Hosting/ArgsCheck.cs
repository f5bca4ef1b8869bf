using System.Collections;
using System.ComponentModel.DataAnnotations;
using System.Reflection;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Serve.Specs.Parsing;
using Serve.Wire.Control;

namespace Serve.Hosting;

/// <summary>Finds out, when the program describes itself, whether it could work with the <c>args</c> of its application: better then than in each replica.</summary>
internal abstract class ArgsCheck
{
    private const string Prefix = ProgramContract.ArgsSection + ":";

    /// <summary>Each thing that is wrong, with the argument's name and value.</summary>
    public abstract IReadOnlyList<string> Run(IServiceProvider services);

    /// <summary>The path of an argument as the document has it.</summary>
    protected static string InDocument(string text) => text.Replace(Prefix, "args.", StringComparison.Ordinal);

    protected static string Show(string? value) => value is null ? "" : $" is '{value}'";
}

/// <inheritdoc/>
internal sealed class ArgsCheck<TArgs> : ArgsCheck
    where TArgs : class
{
    public override IReadOnlyList<string> Run(IServiceProvider services)
    {
        var section = services.GetRequiredService<IConfiguration>().GetSection(ProgramContract.ArgsSection);
        if (UnknownArgs(section).ToList() is { Count: > 0 } unknown)
            return unknown;
        try
        {
            var args = Activator.CreateInstance<TArgs>();
            section.Bind(args, static binder => binder.ErrorOnUnknownConfiguration = true);
            var failures = new List<ValidationResult>();
            if (!Validator.TryValidateObject(args, new ValidationContext(args), failures, validateAllProperties: true))
                return [.. failures.Select(failure => Explain(failure, section))];
            // The checks that the program has added itself.
            _ = services.GetRequiredService<IOptions<TArgs>>().Value;
            return [];
        }
        catch (OptionsValidationException exception)
        {
            return [.. exception.Failures];
        }
        catch (InvalidOperationException exception)
        {
            return [InDocument(exception.Message)];
        }
    }

    private static IEnumerable<string> UnknownArgs(IConfigurationSection section)
    {
        if (typeof(IEnumerable).IsAssignableFrom(typeof(TArgs)))
            yield break;
        var known = typeof(TArgs).GetProperties(BindingFlags.Public | BindingFlags.Instance).Select(NameOf).ToList();
        foreach (var given in section.GetChildren().Where(child => !known.Contains(child.Key, StringComparer.OrdinalIgnoreCase)))
        {
            var hint = NearestKey.Of(given.Key, known) is { } nearest ? $"did you mean '{nearest}'?" : $"{typeof(TArgs).Name} has {string.Join(", ", known)}.";
            yield return $"args.{given.Key}{Show(given.Value)}, but the program has no such argument; {hint}";
        }
    }

    private static string NameOf(PropertyInfo property) => property.GetCustomAttribute<ConfigurationKeyNameAttribute>()?.Name ?? property.Name;

    private static string Explain(ValidationResult failure, IConfigurationSection section)
    {
        var member = failure.MemberNames.FirstOrDefault();
        return member is null ? $"args: {failure.ErrorMessage}" : $"args.{member}{Show(section[member])}: {failure.ErrorMessage}";
    }
}
