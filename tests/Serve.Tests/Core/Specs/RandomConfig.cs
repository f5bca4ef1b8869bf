using Serve.Specs;
using Serve.Specs.Autoscaling;
using Serve.Specs.Http;
using Serve.Specs.Logging;
using Serve.Specs.Observability;
using Serve.Specs.Placement;

namespace Serve.Tests.Core.Specs;

/// <summary>Random configurations that the binder accepts. Each property is left at its default now and then.</summary>
internal static class RandomConfig
{
    public static ServeConfig Of(Random random) => new()
    {
        ProxyLocation = (ProxyLocation)random.Next(3),
        HttpOptions = new HttpOptions
        {
            Host = RandomJson.Text(random),
            Port = random.Next(65536),
            RequestTimeout = Maybe(random, Time(random)),
            KeepAliveTimeout = Time(random),
            MaxRequestBodyBytes = random.NextInt64(1, long.MaxValue),
            MaxRequestHeaders = random.Next(1, 10_001),
            MaxRequestHeadersBytes = random.Next(1024, 50_000),
            MaxRequestLineBytes = random.Next(64, 50_000),
            RequestHeadersTimeout = Time(random),
            MinDataRate = random.Next(),
            TrustedProxies = TextList(random),
            SessionIdHeader = RandomJson.Text(random),
            Cors = random.Next(2) == 0 ? null : new CorsSpec { AllowedOrigins = TextList(random), AllowedMethods = TextList(random), AllowCredentials = random.Next(2) == 0, MaxAge = Time(random) },
            Compression = random.Next(2) == 0 ? null : new CompressionSpec { MimeTypes = TextList(random), OverTls = random.Next(2) == 0 },
            RootPath = random.Next(2) == 0 ? "" : RandomJson.Text(random),
            SslKeyFile = random.Next(2) == 0 ? null : RandomJson.Text(random),
        },
        GrpcOptions = random.Next(2) == 0 ? new GrpcOptions() : new GrpcOptions { Port = random.Next(65536), RequestTimeout = Maybe(random, Time(random)) },
        TargetCapacity = Maybe(random, random.Next(10_001) / 100.0),
        Logging = Logging(random),
        Telemetry = random.Next(3) > 0 ? null : new TelemetrySpec
        {
            OtlpEndpoint = random.Next(2) == 0 ? null : RandomJson.Text(random),
            OtlpProtocol = (OtlpTransport)random.Next(2),
            TraceSamplingRatio = Maybe(random, random.Next(101) / 100.0),
            TraceSources = [.. Enumerable.Range(0, random.Next(3)).Select(_ => RandomJson.Text(random))],
            MetricsExportInterval = TimeSpan.FromSeconds(random.Next(1, 100)),
        },
        Applications = [.. Enumerable.Range(0, random.Next(4)).Select(_ => Application(random))],
    };

    private static ApplicationSpec Application(Random random) => new()
    {
        Name = RandomJson.Text(random),
        RoutePrefix = random.Next(3) switch { 0 => null, 1 => "/", _ => RandomJson.Text(random) },
        RequestTimeout = Maybe(random, Time(random)),
        ImportPath = RandomJson.Text(random),
        RuntimeEnv = new RuntimeEnv { EnvVars = Texts(random), WorkingDir = random.Next(2) == 0 ? null : RandomJson.Text(random) },
        Args = RandomJson.Map(random, depth: 3),
        Deployments = [.. Enumerable.Range(0, random.Next(4)).Select(_ => Deployment(random))],
        Logging = Logging(random),
        Policy = random.Next(2) == 0 ? null : Policy(random),
        IsExternallyScaled = random.Next(2) == 0,
    };

    private static DeploymentOptions Deployment(Random random) => new()
    {
        Name = RandomJson.Text(random),
        NumReplicas = Maybe(random, random.Next(5) == 0 ? ReplicaCount.Auto : random.Next(1, 100_001)),
        Autoscaling = random.Next(2) == 0 ? null : Autoscaling(random),
        Logging = Logging(random),
        MaxOngoingRequests = Maybe(random, random.Next(1, int.MaxValue)),
        MaxQueuedRequests = Maybe(random, random.Next(-1, int.MaxValue)),
        UserConfig = RandomJson.Value(random, depth: 3),
        GracefulShutdownWaitLoop = Maybe(random, Time(random)),
        GracefulShutdownTimeout = Maybe(random, Time(random)),
        HealthCheckPeriod = Maybe(random, Time(random)),
        HealthCheckTimeout = Maybe(random, Time(random)),
        StartupTimeout = Maybe(random, Time(random)),
        Resources = random.Next(3) == 0 ? null : new ResourceOptions
        {
            Cpus = Maybe(random, Amount(random)),
            Gpus = Maybe(random, random.Next(10_000) / 10_000.0),
            Memory = Maybe(random, random.NextInt64(1L << 40)),
            Custom = random.Next(3) == 0 ? null : Amounts(random),
            AcceleratorType = random.Next(3) == 0 ? null : RandomJson.Text(random),
            LabelSelector = random.Next(3) == 0 ? null : Texts(random),
            FallbackStrategy = random.Next(3) == 0 ? null : [.. Enumerable.Range(0, random.Next(3)).Select(_ => new FallbackOptions { LabelSelector = Texts(random) })],
        },
        MaxReplicasPerNode = Maybe(random, random.Next(1, 101)),
        PlacementGroupBundles = random.Next(3) == 0 ? null : [.. Enumerable.Range(0, random.Next(3)).Select(_ => Amounts(random))],
        PlacementGroupStrategy = Maybe(random, (PlacementStrategy)random.Next(4)),
        PlacementGroupBundleLabelSelector = random.Next(3) == 0 ? null : [.. Enumerable.Range(0, random.Next(3)).Select(_ => Texts(random))],
    };

    private static AutoscalingOptions Autoscaling(Random random) => new()
    {
        MinReplicas = Maybe(random, random.Next(0, 100_001)),
        InitialReplicas = Maybe(random, random.Next(0, 100_001)),
        MaxReplicas = Maybe(random, random.Next(1, 100_001)),
        TargetOngoingRequests = Maybe(random, random.Next(1, 10_000) / 100.0),
        LookBackPeriod = Maybe(random, Time(random)),
        UpscaleDelay = Maybe(random, Time(random)),
        DownscaleDelay = Maybe(random, Time(random)),
        DownscaleToZeroDelay = Maybe(random, Time(random)),
        UpscalingFactor = Maybe(random, random.Next(1, 10_000) / 100.0),
        SmoothingFactor = Maybe(random, random.Next(1, 10_000) / 100.0),
        AggregationFunction = Maybe(random, (AggregationFunction)random.Next(Enum.GetValues<AggregationFunction>().Length)),
        TargetLatencyP95Ms = Maybe(random, (double)random.Next(1, 100_000)),
        Schedules = [.. Enumerable.Range(0, random.Next(3)).Select(_ => new ScheduleOptions { Cron = $"{random.Next(60)} 8 * * mon-fri", Duration = TimeSpan.FromSeconds(random.Next(60, 100_000)), MinReplicas = 0, MaxReplicas = random.Next(1, 100_001), TimeZone = random.Next(2) == 0 ? "UTC" : "Europe/Berlin" })],
        Forecast = random.Next(3) == 0 ? new ForecastOptions { Period = TimeSpan.FromSeconds(random.Next(60, 100_000)), Periods = random.Next(1, 10) } : null,
        Policy = Policy(random),
    };

    private static PolicyOptions Policy(Random random) => random.Next(2) == 0
        ? new PolicyOptions()
        : new PolicyOptions { Function = $"Shop.Policy{random.Next(9)}", Arguments = random.Next(2) == 0 ? [] : new() { ["a"] = RandomJson.Value(random, depth: 2) }, Timeout = TimeSpan.FromMilliseconds(random.Next(1, 300_000)) };

    private static LoggingSpec? Logging(Random random) => random.Next(3) == 0
        ? new LoggingSpec { Encoding = (LogEncoding)random.Next(2), LogLevel = Enum.GetValues<LogSeverity>()[random.Next(5)], EnableAccessLog = random.Next(2) == 0 }
        : null;

    private static double Amount(Random random) => random.Next(3) == 0 ? random.Next(1000) : random.NextDouble() * 1_000_000;

    private static Dictionary<string, double> Amounts(Random random)
    {
        var amounts = new Dictionary<string, double>();
        for (var i = random.Next(3); i > 0; i--)
            amounts[RandomJson.Text(random)] = Amount(random);
        return amounts;
    }

    private static List<string> TextList(Random random) => [.. Enumerable.Range(0, random.Next(3)).Select(_ => RandomJson.Text(random))];

    private static Dictionary<string, string> Texts(Random random)
    {
        var texts = new Dictionary<string, string>();
        for (var i = random.Next(3); i > 0; i--)
            texts[RandomJson.Text(random)] = RandomJson.Text(random);
        return texts;
    }

    /// <summary>Up to the longest that a timer takes: in whole seconds, in milliseconds or in ticks.</summary>
    private static TimeSpan Time(Random random) => random.Next(3) switch
    {
        0 => TimeSpan.FromSeconds(random.Next(1, 4_294_967)),
        1 => TimeSpan.FromMilliseconds(random.NextInt64(1, 4_294_967_000)),
        _ => TimeSpan.FromTicks(random.NextInt64(1, 4_294_967 * TimeSpan.TicksPerSecond)),
    };

    private static T? Maybe<T>(Random random, T value)
        where T : struct => random.Next(3) == 0 ? null : value;
}
