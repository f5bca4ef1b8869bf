using Microsoft.Extensions.DependencyInjection;
using Serve.Discovery;
using Serve.Handles;
using Serve.Routing;

namespace Serve.Tests.Sdk.Handles;

/// <summary>Handles by name, of this application and of others.</summary>
public sealed class DeploymentHandlesTests : HandleSuite
{
    private readonly List<string> _watched = [];

    [Fact]
    public async Task Get_DeploymentOfThisApplication_CallsIt()
    {
        await StartAsync(isRemote: false);
        (await Host.Handles.Get<ISubject>().Remote.EchoAsync("a")).ShouldBe("a!");
        (await Host.Handles.Get<ISubject>("Subject").Remote.EchoAsync("a")).ShouldBe("a!");
        (await Host.Handles.Get<ISubject>("app/Subject").Remote.EchoAsync("a")).ShouldBe("a!");
        (await Host.Handles.Get<ISubject>("app", "Subject").Remote.EchoAsync("a")).ShouldBe("a!");
        Should.Throw<InvalidOperationException>(() => Host.Handles.Get<ISubject>("Subjekt")).Message.ShouldBe("The program has no deployment 'Subjekt'; it has 'Subject'.");
        Should.Throw<InvalidOperationException>(() => Host.Handles.Get<ISubject>("a/b/c")).Message.ShouldContain("write 'deployment' or 'application/deployment'");
        Should.Throw<NotSupportedException>(() => Host.Handles.Get<IFormattable>("other", "Subject"));
    }

    [Fact]
    public async Task Call_OfAnotherApplication_AsksForItsRoutesOnceAndWaitsForThem()
    {
        await StartAsync(isRemote: true);
        var handle = Outside(Host.Feed).Get<ISubject>("shop", "Subject");
        var calls = Enumerable.Range(0, 3).Select(_ => handle.Remote.EchoAsync("a")).ToList();
        calls.ShouldAllBe(call => !call.IsCompleted);
        _watched.ShouldBe(["shop"]);
        Publish("shop", new DeploymentRoutes("Subject", 10, 10, [new ReplicaRoute("app#Subject#1-0", Host.Replica<Subject>().Address)]));
        (await Task.WhenAll(calls)).ShouldAllBe(answer => answer == "a!");
    }

    [Fact]
    public async Task Call_OfAnApplicationThatIsNotThere_SaysSoAndWorksOnceItIs()
    {
        await StartAsync(isRemote: true);
        var handle = Outside(Host.Feed).Get<ISubject>("shop/Subject");
        Host.Feed.Update(new ApplicationRoutes("shop", RoutePrefix: null, Ingress: null, [], "it is not deployed."));
        (await Should.ThrowAsync<DeploymentUnavailableException>(() => handle.Remote.EchoAsync("a"))).Message.ShouldBe("Application 'shop' is not available: it is not deployed.");
        Publish("shop", new DeploymentRoutes("Other", 10, 10, []));
        (await Should.ThrowAsync<DeploymentUnavailableException>(() => handle.Remote.EchoAsync("a"))).Message.ShouldBe("Application 'shop' has no deployment 'Subject'; it has 'Other'.");
        Publish("shop", new DeploymentRoutes("Subject", 10, 10, [new ReplicaRoute("app#Subject#1-0", Host.Replica<Subject>().Address)]));
        (await handle.Remote.EchoAsync("a")).ShouldBe("a!");
    }

    [Fact]
    public async Task EmbeddedProgram_GivesHandlesByNameAndHasNoOtherApplications()
    {
        await using var program = await EmbeddedProgram.StartAsync(options => options.AddDeployment<Subject>().AddDeployment<Caller>());
        var handles = program.Services.GetRequiredService<IDeploymentHandles>();
        (await handles.Get<ISubject>("Subject").Remote.EchoAsync("a")).ShouldBe("a!");
        (await handles.Get<ICaller>().Remote.CallAsync(other: false)).ShouldBe("a!");
        (await Should.ThrowAsync<DeploymentUnavailableException>(() => handles.Get<ICaller>().Remote.CallAsync(other: true))).Message
            .ShouldBe("There is no application 'shop': a program that serves by itself has only its own deployments.");
        handles.Get<ICaller>().With(new CallOptions { ModelId = "m" }).Options.ModelId.ShouldBe("m");
    }

    [Fact]
    public void Catalog_HandleOnAnotherApplication_IsNotLookedForHere() =>
        DeploymentCatalog.Of([typeof(Subject), typeof(Caller)]).Describe([]).Deployments[1].Handles.ShouldBe(["Subject"]);

    [Fact]
    public void Options_OutOfRange_AreRefused()
    {
        Should.Throw<ArgumentOutOfRangeException>(() => new CallOptions { Timeout = TimeSpan.Zero });
        Should.Throw<ArgumentOutOfRangeException>(() => new CallOptions { Priority = 8 }).Message.ShouldContain("from 0, most urgent, to 7");
        Should.Throw<ArgumentOutOfRangeException>(() => new CallOptions { HedgeAfter = TimeSpan.FromSeconds(-1) });
    }

    private DeploymentHandles Outside(RouteTableFeed feed) => new(DeploymentCatalog.Of([typeof(Subject)]), new HandleRoutes(feed, "own", _watched.Add, TimeProvider.System));

    private void Publish(string application, DeploymentRoutes routes) => Host.Feed.Update(new ApplicationRoutes(application, RoutePrefix: null, Ingress: null, [routes]));

    public interface ICaller
    {
        Task<string> CallAsync(bool other);
    }

    [Deployment]
    public sealed class Caller(DeploymentHandle<ISubject> own, [FromKeyedServices("shop/Subject")] DeploymentHandle<ISubject> foreign) : ICaller
    {
        public Task<string> CallAsync(bool other) => (other ? foreign : own).Remote.EchoAsync("a");
    }
}
