using System.CommandLine;
using System.CommandLine.Parsing;
using System.Net;
using Serve.Server.Hosting;

namespace Serve.Cli.Commands;

/// <summary>The options that say which part of a server a process is.</summary>
internal sealed class RoleOptions
{
    private readonly Option<ServerRole> _role = new("--role")
    {
        Description = "What this process is: all of a server, or only its controller (store, controller, admin API), or only a node (workers, proxy) of a controller. "
            + "A controller and a node in two processes live and die independently.",
        DefaultValueFactory = static _ => ServerRole.All,
        CustomParser = static result =>
        {
            if (Enum.TryParse<ServerRole>(result.Tokens[0].Value, ignoreCase: true, out var role) && Enum.IsDefined(role))
                return role;
            result.AddError($"--role must be all, controller or node, not '{result.Tokens[0].Value}'.");
            return default;
        },
    };

    private readonly Option<string?> _join = new("--join") { Description = "With --role node: the data folder of the controller, or its store's socket. Default: the node's own data folder." };
    private readonly Option<string?> _nodeName = new("--node-name") { Description = "The node's name in the cluster. Default: the machine's name." };

    /// <summary>Options of parts that a role does not have.</summary>
    private static readonly Dictionary<ServerRole, string[]> Foreign = new()
    {
        [ServerRole.All] = [],
        [ServerRole.Controller] = ["--host", "--http-port", "--grpc-port", "--num-cpus", "--num-gpus", "--memory", "--resources", "--labels", "--cgroup", "--node-name"],
        [ServerRole.Node] = ["--admin-port", "--placement", "--compaction-period"],
    };

    public RoleOptions()
    {
        _role.HelpName = "all|controller|node";
    }

    public IEnumerable<Option> All => [_role, _join, _nodeName];

    /// <exception cref="CommandException">The options don't go together.</exception>
    public ServeServerOptions Apply(ParseResult parsed, ServeServerOptions options)
    {
        var role = parsed.GetValue(_role);
        var join = parsed.GetValue(_join);
        if (join is not null && role != ServerRole.Node)
            throw new CommandException(ExitCode.Usage, "--join is for --role node: only a node joins another process.");
        if (join is not null && StoreLocation.WhyNot(join) is { } problem)
            throw new CommandException(ExitCode.Usage, $"--join: {problem}");
        if (parsed.CommandResult.Children.OfType<OptionResult>().FirstOrDefault(given => !given.Implicit && Foreign[role].Contains(given.Option.Name, StringComparer.Ordinal)) is { } foreign)
            throw new CommandException(ExitCode.Usage, $"{foreign.Option.Name} is not for --role {(role == ServerRole.Node ? "node: the controller has it" : "controller: a node has it")}.");
        var name = parsed.GetValue(_nodeName);
        if (name is not null && (name.Length is 0 or > 100 || !name.All(static character => char.IsAsciiLetterOrDigit(character) || character is '-' or '.' or '_')))
            throw new CommandException(ExitCode.Usage, $"--node-name: '{name}' is no name; use up to 100 letters, digits, '-', '.' and '_'.");
        // It has no admin API that could show its metrics.
        var metrics = options.MetricsAddress ?? (role == ServerRole.Node ? new IPEndPoint(IPAddress.Loopback, 0) : null);
        return options with { Role = role, Join = join, NodeName = name, MetricsAddress = metrics };
    }
}
