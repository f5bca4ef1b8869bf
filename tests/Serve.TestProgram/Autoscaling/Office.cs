using Serve.TestProgram.Behaviour;

namespace Serve.TestProgram.Autoscaling;

/// <summary>Calls the two others.</summary>
[Deployment(NumCpus = 0)]
public sealed class Office(DeploymentHandle<IClerk> clerk, DeploymentHandle<IArchive> archive) : IIngress
{
    public static void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapPost("/after", (Office office, string key, CancellationToken cancellationToken) =>
            office.Archive.AfterAsync(office.Clerk.Remote.HoldAsync(key, cancellationToken), static (remote, number) => remote.AddOneAsync(number)));
        endpoints.MapPost("/archive", (Office office, string key, CancellationToken cancellationToken) => office.Archive.Remote.HoldAsync(key, cancellationToken));
    }

    private DeploymentHandle<IClerk> Clerk => clerk;

    private DeploymentHandle<IArchive> Archive => archive;
}

/// <summary>What a call of the archive waits for.</summary>
public interface IClerk
{
    Task<int> HoldAsync(string key, CancellationToken cancellationToken);
}

[Deployment(NumCpus = 0)]
public sealed class Clerk(Journal journal) : IClerk
{
    public async Task<int> HoldAsync(string key, CancellationToken cancellationToken)
    {
        await journal.RunAsync(key, "clerk", () => journal.WhenReleasedAsync(key, cancellationToken), cancellationToken);
        return 1;
    }
}

/// <summary>What is scaled.</summary>
public interface IArchive
{
    Task<int> AddOneAsync(int number);

    Task<int> HoldAsync(string key, CancellationToken cancellationToken);
}

[Deployment(NumCpus = 0, MaxOngoingRequests = 1)]
public sealed class Archive(Journal journal) : IArchive
{
    public Task<int> AddOneAsync(int number) => Task.FromResult(number + 1);

    public async Task<int> HoldAsync(string key, CancellationToken cancellationToken)
    {
        await journal.RunAsync(key, "archive", () => journal.WhenReleasedAsync(key, cancellationToken), cancellationToken);
        return 1;
    }
}
