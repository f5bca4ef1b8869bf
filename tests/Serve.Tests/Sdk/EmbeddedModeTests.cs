using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Serve.Testing;

namespace Serve.Tests.Sdk;

/// <summary>A program without a server around it: the same admission, calls and answers.</summary>
public sealed class EmbeddedModeTests
{
    [Fact]
    public async Task Request_ToAnEndpoint_ReachesTheReplicaWithARequestId()
    {
        await using var program = await EmbeddedProgram.StartAsync(options => options.AddDeployment<Door>().AddDeployment<Worker>());
        using var response = await program.Http.GetAsync("/add?a=2&b=3");
        (await response.Content.ReadAsStringAsync()).ShouldBe("5");
        Guid.TryParse(response.Headers.GetValues("x-request-id").Single(), out _).ShouldBeTrue();
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/grpc")]
    public async Task Request_LargerThanTheServerTakes_IsRefusedWhateverItsType(string type)
    {
        await using var program = await EmbeddedProgram.StartAsync(
            options => options.AddDeployment<Door>().AddDeployment<Worker>(),
            static builder => builder.WebHost.ConfigureKestrel(static kestrel => kestrel.Limits.MaxRequestBodySize = 10));
        using var content = new ByteArrayContent(new byte[11]);
        content.Headers.ContentType = new(type);
        using var response = await program.Http.PostAsync("/length", content);
        response.StatusCode.ShouldBe(HttpStatusCode.RequestEntityTooLarge);
    }

    [Fact]
    public async Task Request_OverTheLimit_WaitsAndOverTheQueueIs503()
    {
        await using var program = await EmbeddedProgram.StartAsync(options => options.AddDeployment<Door>().AddDeployment<Worker>());
        var inside = program.Http.GetAsync("/block");
        await Eventually.TrueAsync(() => Door.Blocked.Count == 1);
        var others = new[] { program.Http.GetAsync("/block"), program.Http.GetAsync("/block") };
        var first = await Task.WhenAny(others).WaitAsync(Eventually.Patience);
        var waiting = others.Single(other => other != first);
        using var refused = await first;
        refused.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        refused.Headers.RetryAfter.ShouldNotBeNull();
        (await refused.Content.ReadAsStringAsync()).ShouldContain("max_queued_requests");

        Release();
        (await inside).StatusCode.ShouldBe(HttpStatusCode.OK);
        await Eventually.TrueAsync(() => Door.Blocked.Count == 1);
        Release();
        (await waiting).StatusCode.ShouldBe(HttpStatusCode.OK);

        static void Release()
        {
            Door.Blocked.TryTake(out var blocked).ShouldBeTrue();
            blocked!.SetResult();
        }
    }

    [Fact]
    public async Task Request_OwnRoutes_AnswerAlthoughTheDeploymentIsFull()
    {
        await using var program = await EmbeddedProgram.StartAsync(options => options.AddDeployment<Door>().AddDeployment<Worker>());
        (await program.Http.GetStringAsync("/-/healthz")).ShouldBe("success");
        (await program.Http.GetStringAsync("/-/routes")).ShouldBe("{\"/\":\"default\"}");
    }

    [Fact]
    public async Task Request_UserCodeThrows_Is500WithoutInternalsAndLogged()
    {
        await using var program = await EmbeddedProgram.StartAsync(options => options.AddDeployment<Door>().AddDeployment<Worker>());
        using var response = await program.Http.GetAsync("/divide?a=1&b=0");
        response.StatusCode.ShouldBe(HttpStatusCode.InternalServerError);
        (await response.Content.ReadAsStringAsync()).ShouldBe("Internal Server Error");
        program.Log.Errors.ShouldHaveSingleItem().Exception.ShouldBeOfType<RemoteException>().RemoteMessage.ShouldContain("divide by zero");
    }

    [Fact]
    public async Task Handle_SeveralReplicas_AreEachAnObjectAndStopDisposesThem()
    {
        Counter.Reset();
        await using (var program = await EmbeddedProgram.StartAsync(options => options.AddDeployment<Counter>().AddDeployment<Gate>()))
        {
            Counter.Contexts.Count.ShouldBe(3);
            Counter.Contexts.Select(context => context.ReplicaId).Distinct().Count().ShouldBe(3);
            Counter.Contexts.ShouldAllBe(context => context.IsEmbedded && context.Deployment == "Counter");
            Counter.Initialised.ShouldBe(3);
        }

        Counter.Disposed.ShouldBe(3);
    }

    [Fact]
    public async Task Args_FromTheConfiguration_AreBound()
    {
        await using var program = await EmbeddedProgram.StartAsync(
            options => options.AddDeployment<Door>().AddDeployment<Worker>(),
            builder =>
            {
                builder.Configuration["Serve:Args:Greeting"] = "moin";
                new ServeBuilder(builder).BindArgs<Settings>();
            });
        program.Services.GetRequiredService<IOptions<Settings>>().Value.Greeting.ShouldBe("moin");
    }

    [Fact]
    public async Task MapServe_WithoutAddServe_SaysWhatIsMissing()
    {
        await using var app = WebApplication.CreateBuilder().Build();
        Should.Throw<InvalidOperationException>(() => app.MapServe()).Message.ShouldBe("Call builder.AddServe() before app.MapServe().");
    }

    public sealed class Settings
    {
        public string Greeting { get; set; } = "";
    }

    public interface IWorker
    {
        Task<int> AddAsync(int a, int b);

        Task<int> DivideAsync(int a, int b);
    }

    [Deployment]
    public sealed class Worker : IWorker
    {
        public Task<int> AddAsync(int a, int b) => Task.FromResult(a + b);

        public Task<int> DivideAsync(int a, int b) => Task.FromResult(a / b);
    }

    [Deployment(MaxOngoingRequests = 1, MaxQueuedRequests = 1)]
    public sealed class Door(DeploymentHandle<IWorker> worker) : IIngress
    {
        public static ConcurrentBag<TaskCompletionSource> Blocked { get; } = [];

        public static void Map(IEndpointRouteBuilder endpoints)
        {
            endpoints.MapGet("/add", (Door door, int a, int b) => door.AddAsync(a, b));
            endpoints.MapGet("/divide", (Door door, int a, int b) => door.DivideAsync(a, b));
            endpoints.MapPost("/length", static async (Stream body) =>
            {
                using var copy = new MemoryStream();
                await body.CopyToAsync(copy);
                return copy.Length;
            });
            endpoints.MapGet("/block", () =>
            {
                var blocked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                Blocked.Add(blocked);
                return blocked.Task;
            });
        }

        private Task<int> AddAsync(int a, int b) => worker.Remote.AddAsync(a, b);

        private Task<int> DivideAsync(int a, int b) => worker.Remote.DivideAsync(a, b);
    }

    public interface ICounter
    {
        Task<string> WhoAsync();
    }

    [Deployment(NumReplicas = 3)]
    public sealed class Counter : ICounter, IInitialize, IDisposable
    {
        private static int s_initialised;
        private static int s_disposed;
        private readonly ReplicaContext _context;

        public Counter(ReplicaContext context)
        {
            _context = context;
            Contexts.Add(context);
        }

        public static ConcurrentBag<ReplicaContext> Contexts { get; } = [];

        public static int Initialised => s_initialised;

        public static int Disposed => s_disposed;

        public static void Reset()
        {
            Contexts.Clear();
            s_initialised = s_disposed = 0;
        }

        public Task InitializeAsync(CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref s_initialised);
            return Task.CompletedTask;
        }

        public Task<string> WhoAsync() => Task.FromResult(_context.ReplicaId);

        public void Dispose() => Interlocked.Increment(ref s_disposed);
    }

    [Deployment]
    public sealed class Gate(DeploymentHandle<ICounter> counter) : IIngress
    {
        public static void Map(IEndpointRouteBuilder endpoints) => endpoints.MapGet("/who", (Gate gate) => gate.WhoAsync());

        private Task<string> WhoAsync() => counter.Remote.WhoAsync();
    }
}
