using System.Text.Json.Nodes;
using Serve.Identity;
using Serve.Routing;
using Serve.Server.Controller;
using Serve.Server.Controller.Autoscaling;
using Serve.Server.Store;
using Serve.Server.Store.Records;
using Serve.Specs;
using Serve.Status;

namespace Serve.Testing.Cluster;

/// <summary>
/// A whole cluster in one thread: the real reducer, recovery and records over a store in memory, fake nodes, a manual clock. Everything
/// that can happen next is in plain sight: what nodes can do, and which of their words have not reached the controller yet.
/// </summary>
internal sealed class FakeCluster
{
    private readonly List<ControllerMessage> _mail = [];
    private long _tickets;

    private FakeCluster()
    {
        Store.OnChange = change =>
        {
            Written.Add(change.Key);
            if (NodeMessages.Read(change.Key, change.Value) is { } message)
                _mail.Add(message);
        };
    }

    public MemoryStore Store { get; } = new();

    public ManualTimeProvider Clock { get; } = new();

    public FakePrograms Programs { get; } = new();

    public SortedDictionary<string, FakeNode> Nodes { get; } = new(StringComparer.Ordinal);

    public FakeController Controller { get; private set; } = null!;

    public ControllerState State => Controller.State;

    /// <summary>The keys that were written since the controller began.</summary>
    public List<string> Written { get; } = [];

    /// <summary>What nodes said and the controller has not heard yet.</summary>
    public List<ControllerMessage> Mail => _mail;

    public static async Task<FakeCluster> StartAsync(int nodes = 1, double cpus = 8, int gpus = 0)
    {
        var cluster = new FakeCluster();
        cluster.Controller = await FakeController.StartAsync(cluster.Store, cluster.Clock);
        for (var i = 0; i < nodes; i++)
            cluster.AddNode($"node{i + 1}", cpus, gpus);
        await cluster.SettleAsync();
        return cluster;
    }

    public FakeNode AddNode(string name, double cpus, int gpus)
    {
        var node = Nodes[name] = new FakeNode(name, cpus, gpus, Store, Programs, Clock);
        node.Start();
        return node;
    }

    public static ApplicationSpec App(string name, string path, string? prefix = "unset", JsonObject? args = null, params IReadOnlyList<DeploymentOptions> overrides) => new()
    {
        Name = name,
        ImportPath = path,
        RoutePrefix = prefix == "unset" ? $"/{name}" : prefix,
        Args = args ?? [],
        Deployments = overrides,
    };

    /// <summary>Submits a whole document: other applications are deleted.</summary>
    public Task<RequestProblem?> DeployAsync(params IReadOnlyList<ApplicationSpec> applications) => AskAsync(ticket => new Deploy(ticket, applications, IsWhole: true));

    /// <summary>Submits a whole document with what it says of all applications together.</summary>
    public Task<RequestProblem?> DeployAsync(ClusterOptions options, params IReadOnlyList<ApplicationSpec> applications) =>
        AskAsync(ticket => new Deploy(ticket, applications, IsWhole: true) { Cluster = options });

    /// <summary>Submits applications beside those that are there.</summary>
    public Task<RequestProblem?> SubmitAsync(params IReadOnlyList<ApplicationSpec> applications) => AskAsync(ticket => new Deploy(ticket, applications, IsWhole: false));

    public Task<RequestProblem?> ScaleAsync(string application, string deployment, int replicas) => AskAsync(ticket => new ScaleDeployment(ticket, application, deployment, replicas, By: "ada"));

    public Task<RequestProblem?> AutoscaleAsync(DeploymentId deployment, int from, int to, ScalingRule rule) => AskAsync(ticket => new Autoscale(ticket, deployment, from, to, rule));

    public Task<RequestProblem?> RollBackAsync(string name, long? to = null) => AskAsync(ticket => new RollBack(ticket, name, to, By: "ada"));

    public Task<RequestProblem?> DeleteAsync(string name) => AskAsync(ticket => new DeleteApplication(ticket, name));

    /// <summary>Hands messages to the controller; they are out of the mail.</summary>
    public async Task DeliverAsync(params IReadOnlyList<ControllerMessage> messages)
    {
        foreach (var message in messages)
            _mail.Remove(message);
        if (!await Controller.HandleAsync([new Tick(), .. messages]))
            throw new InvalidOperationException("The controller was deposed.");
    }

    /// <summary>Lets everything happen that needs no time to pass.</summary>
    public async Task SettleAsync()
    {
        await DeliverAsync();
        for (var round = 0; await StepAsync(); round++)
        {
            if (round > 10_000)
                throw new InvalidOperationException("The cluster does not come to rest.");
        }
    }

    /// <summary>One thing happens: the controller hears what was said first, or a node does its next step.</summary>
    /// <returns>False where nothing is left to happen.</returns>
    public async Task<bool> StepAsync()
    {
        if (_mail.Count > 0)
            await DeliverAsync(_mail[0]);
        else if (Nodes.Values.SelectMany(node => node.NextSteps()).FirstOrDefault() is { } step)
            step();
        else
            return _mail.Count > 0;
        return true;
    }

    /// <summary>Lets time pass, from each wakeup of the controller to the next.</summary>
    public async Task PassAsync(TimeSpan time)
    {
        var end = Clock.GetUtcNow() + time;
        await SettleAsync();
        while (!State.Wakeups.IsEmpty && State.Wakeups.Min.At <= end)
        {
            Clock.Advance(State.Wakeups.Min.At - Clock.GetUtcNow());
            await SettleAsync();
        }

        Clock.Advance(end - Clock.GetUtcNow());
        await SettleAsync();
    }

    /// <summary>The controller dies; another one takes over from the store.</summary>
    public async Task RestartControllerAsync()
    {
        _mail.Clear();
        Written.Clear();
        Store.Change(new StoreChange(ClusterKeys.Leader, Value: null));
        Controller = await FakeController.StartAsync(Store, Clock);
        ClusterInvariants.Check(State, Store);
    }

    public ApplicationStatus StatusOf(string application) => StatusRules.Of(State.Applications[application]);

    public string MessageOf(string application) => StatusRules.MessageOf(State.Applications[application]);

    public DeploymentState Find(string application, string deployment) => State.Find(new DeploymentId(application, deployment))!;

    /// <summary>The replicas of a deployment in a phase, the oldest first.</summary>
    public IReadOnlyList<ReplicaState> Replicas(string application, string deployment, ReplicaPhase phase = ReplicaPhase.Running) =>
        [.. State.Find(new DeploymentId(application, deployment))?.Replicas.Values.Where(replica => replica.Phase == phase) ?? []];

    /// <summary>The replicas of a deployment that routers know.</summary>
    public IReadOnlyList<string> Routed(string application, string deployment) =>
        [.. Routes(application)?.Deployments.FirstOrDefault(routes => routes.Name == deployment)?.Replicas.Select(route => route.Id) ?? []];

    public ApplicationRoutes? Routes(string application) => Store.Routes().FirstOrDefault(routes => routes.Application == application);

    /// <summary>The processes that run on all nodes.</summary>
    public IReadOnlyList<FakeWorker> Alive => [.. Nodes.Values.Where(node => node.IsUp).SelectMany(node => node.Workers).Where(worker => worker.IsAlive)];

    private async Task<RequestProblem?> AskAsync(Func<Ticket, ControllerMessage> message)
    {
        var ticket = new Ticket(++_tickets);
        if (!await Controller.HandleAsync(message(ticket)))
            throw new InvalidOperationException("The controller was deposed.");
        return Controller.Replies[ticket];
    }
}
