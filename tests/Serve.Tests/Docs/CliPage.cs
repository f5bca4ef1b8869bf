using System.CommandLine;
using System.Globalization;
using System.Reflection;
using System.Text;
using Serve.Cli;

namespace Serve.Tests.Docs;

/// <summary>Writes <c>src/docs/cli.md</c> from the commands.</summary>
internal static class CliPage
{
    public static string Write()
    {
        var page = new StringBuilder("# The serve command\n\nThis page is written from the code by a test.\n");
        foreach (var command in RootCommands.Create().Subcommands)
            WriteCommand(page, command);
        WriteExitCodes(page);
        return page.ToString();
    }

    private static void WriteCommand(StringBuilder page, Command command)
    {
        var arguments = string.Concat(command.Arguments.Select(argument => argument.Arity.MinimumNumberOfValues == 0 ? $" [{argument.Name}]" : $" <{argument.Name}>"));
        page.Append(CultureInfo.InvariantCulture, $"\n## serve {command.Name}{arguments}\n\n{command.Description}\n\n| | |\n|---|---|\n");
        foreach (var argument in command.Arguments)
            page.Append(CultureInfo.InvariantCulture, $"| `{argument.Name}` | {argument.Description} |\n");
        foreach (var option in command.Options.Where(option => option.Name is not ("--help" or "--version")))
            page.Append(CultureInfo.InvariantCulture, $"| {string.Join(", ", option.Aliases.Prepend(option.Name).Select(name => $"`{name}`"))} | {option.Description} |\n");
    }

    private static void WriteExitCodes(StringBuilder page)
    {
        var comments = XmlComments.Of(typeof(ExitCode).Assembly);
        page.Append("\n## Exit codes\n\n| code | meaning |\n|---|---|\n");
        foreach (var code in typeof(ExitCode).GetFields(BindingFlags.Public | BindingFlags.Static))
            page.Append(CultureInfo.InvariantCulture, $"| {code.GetRawConstantValue()} | {comments[$"F:{typeof(ExitCode).FullName}.{code.Name}"]} |\n");
    }
}
