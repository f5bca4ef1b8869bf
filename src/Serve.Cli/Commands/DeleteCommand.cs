using System.CommandLine;

namespace Serve.Cli.Commands;

/// <summary><c>serve delete</c>: takes applications away.</summary>
internal static class DeleteCommand
{
    public static Command Create()
    {
        var names = new Argument<string[]>("name") { Description = "The applications.", Arity = ArgumentArity.OneOrMore };
        var address = ClientOptions.Address();
        var json = ClientOptions.Json();
        var command = new Command("delete", "Delete applications; running requests finish first.") { names, address, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = ClientOptions.Connect(parsed.GetValue(address)!);
            foreach (var name in parsed.GetValue(names)!)
                DeployCommand.Print(await client.DeleteAsync(name, cancellationToken), parsed.GetValue(json));
            return ExitCode.Ok;
        });
        return command;
    }
}
