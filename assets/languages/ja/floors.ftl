# ウィンドウより下の階が英語で言うこと。英語はソースコードの中にあります。
# 名前は一覧と、ファイルの中の名前から成ります：method-single、help-learn-steps。

# 長さと時間。
unit-a-moment = 一瞬
unit-second = 秒
unit-minute = 分
unit-hour = 時間
unit-day = 日
unit-s = 秒
unit-min = 分
unit-h = 時間
unit-just-now = たった今
unit-yesterday = 昨日
unit-ago = 前
unit-week = 週間
unit-month = か月
unit-year = 年

# レシピ。
preset-default = おすすめ
    .tip = おすすめのレシピ。ステップは少なく、学習率は下がっていき、単語はほかの言葉と組み合わせやすいままです
preset-paper = 論文どおり
    .tip = 発表された手法そのまま（arXiv 2208.01618、第 4 節）。5000 ステップ、よいカードで約一時間です
preset-paper-high = 論文、高い学習率
    .tip = 論文の手法を四倍の学習率で。画像により近づき、組み合わせにくくなります（図 10 の High-LR）
preset-paper-low = 論文、低い学習率
    .tip = 論文の手法を五十分の一の学習率で。組み合わせやすく、画像にはあまり似ません（Low-LR）

# 手法。
method-single = 一つの単語
    .tip = 単語一つだけ。論文のすすめる方法です
method-extended = ベクトルを増やす
    .tip = 最初のステップから複数のベクトルを使います（指定がなければ二つ）。画像に近づき、組み合わせにくくなります
method-progressive = だんだん増やす
    .tip = はじめはベクトル一つで、数千ステップごとに増やします
method-regularised = 引き止める
    .tip = 単語をはじめの言葉の近くに保ちます。プロンプトによく従い、画像には少し似にくくなります
method-per-image = 画像ごとの単語
    .tip = あなたの単語のほかに、画像ごとの単語を持ちます。その画像だけにあるものを受け持ち、最後に捨てられます
method-captions = 自分の文
    .tip = どの画像も、あなたが書いた文で学習します
method-two-concept = 二つの単語
    .tip = 二つの物の二つの単語を、両方が写った画像も使って一緒に学習します

# 動かし方。
optimizer-adamw = 自由
    .tip = 論文と同じく、単語の数を一つずつ動かします。画像に最も近づきますが、単語が長くなることがあります
optimizer-directional = 回転
    .tip = 単語は向きだけを変え、普通の単語の長さを保ちます。ごく少ないステップで近づき、その後は落ち着きません

# ノイズ。
timesteps-uniform = 均等
    .tip = 論文と同じく、すべて均等に見ます
timesteps-log-snr = ノイズの多いものを多めに
    .tip = ノイズの多いものをよく見ます。質感より形と色が先になります

weighting-even = 均等
    .tip = 論文と同じく、すべて均等に数えます
weighting-min-snr = きれいなものを軽く
    .tip = ほとんどノイズのない画像の誤差を軽く数えます（min-SNR、ガンマ 5）
weighting-debiased = ノイズの多いものを重く
    .tip = 信号対雑音比の平方根の逆数で数えます。ノイズの多い画像が最も重くなります

# 数の形式とメモリー。
precision-auto = 自動
    .tip = 対応するグラフィックスカードでは 16 ビット、ほかでは 32 ビット
precision-f32 = 32 ビット
    .tip = 正確で、どこでも動きます
precision-f16 = 16 ビット
    .tip = メモリーは半分で、ほとんどのグラフィックスカードで速くなります
precision-bf16 = 16 ビット（広範囲）
    .tip = bf16 に対応するカード用。メモリーは半分で範囲が広く、16 ビットではあふれる場合にもあふれません

weights-full = 正確に
    .tip = 精度の設定どおりに保ちます
weights-8bit = 8 ビット（おおよそ）
    .tip = 8 ビットに丸めます。メモリーは 32 ビットの四分の一、16 ビットの半分です。近似なので、単語と絵は少し変わります

low-memory-auto = 自動
    .tip = メモリーに収まらないときだけ節約します
low-memory-on = 常に
    .tip = メモリーを節約し、時間は 1.5 倍かかります
low-memory-off = しない
    .tip = できるだけ速く学習し、メモリーが尽きたところで終わります

# サンプラー：名前はどの言語でも同じです。
sampler-dpmpp-2m =
    .tip = 20 から 30 ステップでよい絵になります
sampler-dpmpp-2m-sde =
    .tip = DPM++ 2M に毎ステップ新しい粒を加えます。25 から 40 ステップで豊かな質感になります
sampler-euler =
    .tip = 単純で速い方法です
sampler-euler-ancestral =
    .tip = 毎ステップ新しいノイズを加えます。生き生きとして、落ち着くことがありません
sampler-unipc =
    .tip = 10 から 20 ステップでよい絵になります
sampler-ddim =
    .tip = 均等で再現できるステップ。論文の選択です
sampler-dpmpp-sde =
    .tip = 少ないステップで細かい質感になります。1 ステップに二倍かかり、10 から 15 で足ります
sampler-dpmpp-3m-sde =
    .tip = 柔らかく緻密です。30 ステップ以上と低めのガイダンスが向きます
sampler-heun =
    .tip = Euler と同じですが、各ステップの前に先を見ます。より忠実で、二倍かかります
sampler-dpmpp-2s-ancestral =
    .tip = Euler ancestral と同じですが、先を見ます。生き生きとしてくっきりし、二倍かかります
sampler-dpm2 =
    .tip = Heun と同じですが、各ステップの中ほどを見ます。なめらかで、二倍かかります
sampler-dpm2-ancestral =
    .tip = DPM2 に毎ステップ新しいノイズを加えます。生き生きとして、二倍かかります
sampler-lms =
    .tip = 直前の四ステップを覚えています。30 ステップ以上でなめらか、少ないとまだらになります

sampler-ddpm =
    .tip = すべての始まり。毎ステップ新しいノイズを加え、50 ステップ以上が必要です
sampler-pndm =
    .tip = Stable Diffusion の最初のサンプラーで、PLMS とも呼ばれます
sampler-lcm =
    .tip = 二から八ステップ。そのために作られたモデル専用です

spacing-normal = 標準
    .tip = モデルが学習したとおり
spacing-karras =
    .tip = ノイズの少ないところに多くのステップを使い、細部が細かくなります
spacing-exponential =
    .tip = Karras よりさらにノイズの少ないところに使います。なめらかな面と単純な形になります
spacing-simple =
    .tip = モデルが学習したノイズを等間隔に取り、最も多いところから始めます
spacing-sgm-uniform =
    .tip = 最も多いノイズから始め、最も少ない手前で終わる均等なステップ。速いモデルに向きます
spacing-beta =
    .tip = 両端に多くのステップを使います。形はしっかり、細部は細かく、その間は少なめです
spacing-ays =
    .tip = Stable Diffusion 1 と XL のために探索で見つけられたノイズです。10 ステップほどが最適です

# 学習の設定。
help-learn-steps = 単語を改良する回数です。多いほど時間がかかり、画像に近づきます。多すぎると、何を頼んでも元の画像を描くようになります
help-learn-batch-size = 一度に一緒に見る画像の枚数です。多いほど、絵が一枚の画像に偏りにくくなります。一枚ごとにメモリーを使います
help-learn-gradient-accumulation = その組をいくつ合わせて 1 ステップにするかです。同じように絵が安定し、時間はかかりますがメモリーは使いません
help-learn-methods-add-vector-at = だんだん増やす単語：ベクトルを一つ増やすステップです
help-learn-methods-regularisation = 引き止める単語：始まりへ引き戻す強さです。強すぎると、そこから動きません
help-learn-methods-with-images = 二つの単語：もう一方の物の画像が入ったフォルダーです
help-learn-methods-with-word = 二つの単語：プロンプトに入力する、もう一方の単語です
help-learn-methods-with-init = 二つの単語：もう一方の画像に写っているものを表す普通の言葉です
help-learn-vectors = 単語が覚えられる量です。ベクトルが多いほど細部を覚え、プロンプトに従いにくくなります。自動では、始まりの言葉の部分の数と同じです
help-learn-start = 単語がどこから始まるかです。画像に近いほど少ないステップで済みます。指定しなければ、はじめの意味の言葉から始まります
help-learn-seed = 別の数にすると、同じ画像から少し違う単語を学習します。絵に満足できないときに試してください
help-learn-learning-rate = 単語が変わる速さです。速すぎると絵がノイズになり、遅すぎると元のままです
help-learn-optimizer = 単語の動かし方です。自由に動かすと画像に最も近づき、論文と同じです。回転させると、普通の単語と同じ強さを保ちます
help-learn-direction-prior = 回転させる場合：はじめの言葉へ引き戻します。強いほどプロンプトによく従い、画像には近づきにくくなります
help-learn-adamw-beta1 = 過去のステップがどれだけ長く次を導くか（ベータ 1）。大きいほど安定し、小さいほど各画像に早く従います
help-learn-adamw-beta2 = 強い押しがどれだけ長く次のステップを慎重にするか（ベータ 2）。変える理由はほとんどありません
help-learn-adamw-epsilon = 割り算を安全にします（イプシロン）。絵には現れません
help-learn-adamw-weight-decay = 毎ステップ、単語を無意味へ引き寄せます。大きいと、絵からあなたの物や画風が失われます
help-learn-gradient-clip = 変わった一枚が単語の進路を乱すのを防ぎます。これより長い押しは短くされます。普通は 1 です
help-learn-norm-pull = 単語を普通の単語と同じ強さに保ち、文の残りの部分も絵に出るようにします。毎ステップこの割合だけ戻し、0 なら自由に伸びます
help-learn-templates = 単語を学習する文です（「a photo of …」など）。文にあるほかのことは、単語に入りません
help-learn-full-stop = 論文と同じく、文をピリオドで終えます。絵にはほとんど現れません
help-learn-use-captions = キャプションのある画像は、それで学習します。浜辺や帽子など、キャプションに書いたものは単語に入りません
help-learn-embedded-captions = 自分のキャプションがない画像は、ほかのソフトが書き込んだ説明で学習します
help-learn-flip = 画像を半分の回数は左右反転して見せるので、絵はどちらの向きにもなります。文字、ロゴ、左右非対称の顔ではオフにしてください
help-learn-timesteps = どの量のノイズからどの量まで学習するかです。少ないほうは質感と細部、多いほうは形と構図を受け持ちます。普通はすべてです
help-learn-timestep-sampling = それぞれの量のノイズをどれだけ頻繁に見るかです
help-learn-loss-weighting = ノイズの量ごとに、誤差をどれだけ重く数えるかです。絵にはほとんど現れません
help-learn-resolution = 学習する幅と高さ（ピクセル）です。大きいほど細部が見え、時間とメモリーがかかります。自動では、モデルの本来のサイズです
help-learn-use-masks = 塗った部分、または透明でない部分だけを学習します。周りのものは絵に出てきません
help-learn-suggest-masks = マスクがなく透明でもない画像では、色と輪郭から物を探し、そこだけを学習します
help-learn-precision = 学習中のモデルの数の形式です。16 ビットはメモリーが半分で、絵にはほとんど現れません。単語そのものは常に正確に保たれます
help-learn-weights = 学習中にモデルをどれだけ正確に覚えておくかです。8 ビットは 32 ビットの四分の一のメモリーで済み、小さなパソコンでも学習できます。近似なので、単語は少し変わります
help-learn-low-memory = 少ないメモリーで、1.5 倍の時間をかけて学習します。単語は同じになります。自動では、そうしないと収まらないときだけです
help-learn-clip-skip = モデルが文をどれだけ深く読むかです。モデルを作ったときの値にしてください。多くは 1、アニメ調のものは 2 が多く、違うと形や色がおかしくなります
help-learn-checkpoint-every = このステップ数ごとに単語を保存します。よく描けていた時点に戻れます
help-learn-preview-every = このステップ数ごとに単語で絵を描き、育つ様子を見ます。頻繁だと時間がかかります。0 なら描きません
help-learn-fixed-noise-every = このステップ数ごとに、いつも同じ例で、単語が画像をどれだけ説明できるかを測ります。曲線の穏やかな線になります。0 なら測りません
help-learn-fixed-noise-size = 測るのに使う例の数です。多いほど線が穏やかになり、時間がかかります。単語は変わりません
help-learn-keep-one-out = 一枚を学習に使わず、単語が画像ではなく物そのものを意味するかをその一枚で測ります。画像が四枚より少ないときや、描いた絵を評価するときは、画像の一部を除きます
help-learn-score-every = CLIP があれば、このステップ数ごとに小さな絵を数枚描いて評価します。画像に似ているか、プロンプトに従うか。それで最もよい単語を選びます。0 なら評価しません
help-learn-score-count = 評価する文ごとに描く枚数です。多いほど確かで、時間がかかります
help-learn-score-steps = それを何ステップで描くかです。評価には少なくて足ります
help-learn-auto-stop = 単語が画像に近づかなくなったら自動で停止します。いつでも続けられます
help-learn-smoothing = 学習ページの曲線のなめらかさです（0 から 0.9999）。単語は変わりません
help-learn-refine-context-weight = 文の残りの部分を、始まりの言葉のときと同じに保つ強さです。プロンプトによく従うようになります。強すぎると、画像に近づきにくくなります。普通は 0.00015、0 でオフ
help-learn-refine-negative-vectors = あなたの単語と一緒に、この数のベクトルでネガティブプロンプト用の二つ目の単語（画像にないもの）を学習します。画像一枚でも使え、1 ステップに二倍かかります。0 でオフ
help-learn-refine-negative-guidance = 二つを学習する間、画像がネガティブの単語からどれだけ離れているとみなすかです。描くときも同じくらいのガイダンスにしてください
help-learn-refine-first-resolution = 最初に学習する幅と高さ（ピクセル）です。半分にすると四分の一の時間で形と色を見つけ、細部は元のサイズのステップに任せます
help-learn-refine-first-part = その最初のサイズで学習するステップの割合です
help-learn-preview-prompts = 学習中に描くもの。{"{}"} が単語になります
help-learn-preview-seed = プレビューの偶然の始まりです。同じ数ならすべて同じように始まり、違いは単語だけになります
help-learn-preview-steps = プレビューを何ステップで描くかです。多いほど遅く、30 ほどを超えるとほとんど変わりません
help-learn-preview-guidance = プレビューがプロンプトにどれだけ忠実に従うかです。小さなモデルは 3 から 5 が向きます。自動では、モデルに合った値です
help-learn-preview-sampler = ノイズから絵への道筋です。それぞれ少しずつ手つきが違います
help-learn-preview-spacing = 道筋のどこに最も手をかけるかです。Karras は細部に多くかけます
help-learn-preview-size = プレビューの幅と高さ（ピクセル）です。小さいほど速くなります。自動では、学習するサイズです
