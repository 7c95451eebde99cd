"""One peer of one suite: peers.py SUITE PEER REPEAT THREADS FILE OUT, a JSON line at the end; null if not installed."""
import hashlib
import importlib
import importlib.metadata
import json
import os
import resource
import sys
import time

# What must be new for each run, made outside the clock: a tokenizer that has seen nothing.
engine = None


def renew():
    return None


suite, peer, repeat, threads, path, out = sys.argv[1:7]
repeat, threads = int(repeat), int(threads)
for name in ("POLARS_MAX_THREADS", "RAYON_NUM_THREADS"):
    os.environ[name] = str(threads)
os.environ["TOKENIZERS_PARALLELISM"] = "true" if threads > 1 else "false"
try:
    module = importlib.import_module(peer)
except ImportError:
    print("null")
    sys.exit()
if peer == "pyarrow":
    module.set_cpu_count(threads)


def rows_of(pairs):
    digest = hashlib.sha256()
    for i, t in pairs:
        digest.update((json.dumps({"id": i, "text": t}, ensure_ascii=False, separators=(",", ":")) + "\n").encode())
    return digest.hexdigest()


def read_jsonl():
    if peer == "pyarrow":
        import pyarrow.json as reader
        return reader.read_json(path, read_options=reader.ReadOptions(use_threads=threads > 1, block_size=1 << 24))
    if peer == "polars":
        return module.read_ndjson(path, schema={"id": module.String, "text": module.String})
    with open(path, "rb") as lines:
        return [(row["id"], row["text"]) for row in map(module.loads, lines)]


def read_csv():
    if peer == "pyarrow":
        import pyarrow.csv as reader
        return reader.read_csv(
            path,
            read_options=reader.ReadOptions(use_threads=threads > 1),
            parse_options=reader.ParseOptions(newlines_in_values=True),
            convert_options=reader.ConvertOptions(column_types={"id": "string", "text": "string"}, strings_can_be_null=False),
        )
    # Renamed in polars 2.
    empty = {"empty_string_is_null": False} if int(module.__version__.split(".")[0]) >= 2 else {"missing_utf8_is_empty_string": True}
    return module.read_csv(path, schema={"id": module.String, "text": module.String}, **empty)


def pairs(table):
    if peer == "pyarrow":
        return zip(table["id"].to_pylist(), table["text"].to_pylist())
    if peer == "polars":
        return zip(table["id"].to_list(), table["text"].to_list())
    return table


def texts():
    with open(path, encoding="utf8") as lines:
        return [json.loads(line)["text"] for line in lines]


if suite in ("encode-unigram", "encode-unigram-packed"):
    import array

    rows = texts()
    model = os.path.join(os.path.dirname(path), "unigram", "tokenizer.model")

    def renew():
        return module.SentencePieceProcessor(model_file=model)

    def work():
        return engine.encode(rows, num_threads=threads)

    def check():
        return hashlib.sha256(array.array("I", [i for ids in work() for i in ids]).tobytes()).hexdigest()
elif suite.startswith("encode-bpe"):
    import array

    rows = texts()
    tokenizer = os.environ.get("BPE_TOKENIZER") or os.path.join(os.path.dirname(path), "bpe", "tokenizer.json")

    def renew():
        return module.Tokenizer(tokenizer) if peer == "gigatoken" else module.Tokenizer.from_file(tokenizer)

    def work():
        if peer == "gigatoken":
            return engine._backend.encode_batch(rows, parallel=threads > 1)
        encode = engine.encode_batch_fast if peer == "tokenizers" else engine.encode_batch
        return encode(rows, add_special_tokens=False)

    def check():
        found = work()
        if peer == "gigatoken":
            import awkward

            ids = awkward.flatten(found).to_list()
        else:
            ids = [i for text in found for i in (text.ids if hasattr(text, "ids") else text)]
        return hashlib.sha256(array.array("I", ids).tobytes()).hexdigest()
elif suite == "train-bpe":
    rows = texts()
    # As the trainer of the package cuts.
    pattern = (
        r"""(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"""
        r"""|\s*[\r\n]+|\s+(?!\S)|\s+"""
    )

    def work():
        if peer == "rustbpe":
            tokenizer = module.Tokenizer()
            tokenizer.train_from_iterator(iter(rows), 32000, pattern=pattern)
            return len(tokenizer.get_mergeable_ranks())
        pre = module.pre_tokenizers
        tokenizer = module.Tokenizer(module.models.BPE())
        tokenizer.pre_tokenizer = pre.Sequence(
            [pre.Split(module.Regex(pattern), "isolated"), pre.ByteLevel(add_prefix_space=False, use_regex=False)]
        )
        trainer = module.trainers.BpeTrainer(
            vocab_size=32000, min_frequency=2, special_tokens=[], initial_alphabet=pre.ByteLevel.alphabet(), show_progress=False
        )
        tokenizer.train_from_iterator(rows, trainer, length=len(rows))
        return tokenizer.get_vocab_size()

    def check():
        return f"{work()} tokens"
elif suite == "train-unigram":
    import io

    rows = [line for text in texts() for line in text.split("\n") if line]

    def work():
        model = io.BytesIO()
        module.SentencePieceTrainer.train(
            sentence_iterator=iter(rows),
            model_writer=model,
            vocab_size=32000,
            model_type="unigram",
            byte_fallback=True,
            character_coverage=0.9995,
            num_threads=threads,
            max_sentence_length=100000,
            minloglevel=2,
        )
        return module.SentencePieceProcessor(model_proto=model.getvalue())

    def check():
        return f"{work().get_piece_size()} pieces"
elif suite == "write-parquet":
    table = read_jsonl()
    if peer == "pyarrow":
        import pyarrow.parquet as pq

        def work():
            # The layout of gristmill's files: pages cut by content, and their index.
            cut = {"min_chunk_size": 256 << 10, "max_chunk_size": 1 << 20, "norm_level": 0}
            layout = {"use_content_defined_chunking": cut, "write_page_index": True}
            pq.write_table(table, out, compression="zstd", compression_level=3, use_dictionary=False, **layout)

        def check():
            work()
            return rows_of(pairs(pq.read_table(out)))
    else:
        def work():
            table.write_parquet(out, compression="zstd", compression_level=3)

        def check():
            work()
            return rows_of(pairs(module.read_parquet(out)))
else:
    work = {"read-jsonl": read_jsonl, "read-csv": read_csv}[suite]

    def check():
        return rows_of(pairs(work()))

engine = renew()
result = {"check": check(), "runs": [], "version": importlib.metadata.version(peer)}
for _ in range(repeat):
    engine = renew()
    cpu, wall = time.process_time(), time.perf_counter()
    work()
    result["runs"].append({"cpu_s": time.process_time() - cpu, "wall_s": time.perf_counter() - wall})
result["peak_rss_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
print(json.dumps(result))
