using System.CommandLine;
using System.Net;
using Serve.Admin;
using Serve.Cli.Output;

namespace Serve.Cli;

/// <summary>Runs the command line and turns what goes wrong into a message and an exit code.</summary>
internal static class CommandRunner
{
    public static async Task<int> RunAsync(RootCommand root, string[] args)
    {
        var parsed = root.Parse(args);
        if (parsed.Errors.Count > 0)
        {
            Terminal.Error("The command line is wrong.", [.. parsed.Errors.Select(error => error.Message)]);
            return ExitCode.Usage;
        }

        try
        {
            return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
        }
        catch (CommandException exception)
        {
            Terminal.Error(exception.Message, exception.Details);
            return exception.ExitCode;
        }
        catch (AdminException exception)
        {
            Terminal.Error(exception.Message, exception.Errors);
            return exception.Status switch
            {
                null => ExitCode.Unreachable,
                HttpStatusCode.BadRequest => ExitCode.Usage,
                _ => ExitCode.Failed,
            };
        }
        catch (Exception exception) when (exception is InvalidOperationException or IOException)
        {
            Terminal.Error(exception.Message, []);
            return ExitCode.Failed;
        }
    }
}
