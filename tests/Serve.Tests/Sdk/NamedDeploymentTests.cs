using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Serve.Tests.Sdk;

/// <summary>Programs whose deployments follow from their args: one class under several names.</summary>
public sealed class NamedDeploymentTests
{
    public interface INamed
    {
        Task<string> WhoAsync();
    }

    [Fact]
    public async Task Handle_ByName_ReachesTheObjectOfThatName()
    {
        await using var program = await EmbeddedProgram.StartAsync(static options => options
            .AddDeployment<Named>("one")
            .AddDeployment<Named>("two", new DeploymentAttribute { NumReplicas = 2 })
            .AddDeployment<NamedDoor>());
        (await program.Http.GetStringAsync("/one")).ShouldBe("one of 1");
        (await program.Http.GetStringAsync("/two")).ShouldBe("two of 2");
        program.Services.GetRequiredService<Named>().Context.Deployment.ShouldBe("one", "Who asks for the class gets the first one's object.");
    }

    [Fact]
    public async Task Args_AreThereWhenDeploymentsAreAdded()
    {
        Environment.SetEnvironmentVariable("Serve__Args__names__0", "a");
        Environment.SetEnvironmentVariable("Serve__Args__names__1", "b");
        try
        {
            await using var program = await EmbeddedProgram.StartAsync(static options =>
            {
                foreach (var name in options.Args["names"]!.AsArray())
                    options.AddDeployment<Named>(name!.GetValue<string>());
                options.AddDeployment<NamedDoor>();
            });
            (await program.Http.GetStringAsync("/b")).ShouldBe("b of 1");
        }
        finally
        {
            Environment.SetEnvironmentVariable("Serve__Args__names__0", null);
            Environment.SetEnvironmentVariable("Serve__Args__names__1", null);
        }
    }

    [Deployment]
    public sealed class Named(ReplicaContext context) : INamed
    {
        public ReplicaContext Context { get; } = context;

        public Task<string> WhoAsync() => Task.FromResult(Context.Deployment);
    }

    [Deployment]
    public sealed class NamedDoor(IDeploymentHandles handles) : IIngress
    {
        public static void Map(IEndpointRouteBuilder endpoints) => endpoints.MapGet("/{name}", (NamedDoor door, string name) => door.AskAsync(name));

        private async Task<string> AskAsync(string name)
        {
            var all = await handles.Get<INamed>(name).BroadcastAsync(static remote => remote.WhoAsync());
            return $"{all.Select(result => result.Value).Distinct().Single()} of {all.Count}";
        }
    }
}
